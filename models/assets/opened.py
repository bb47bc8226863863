"""The folder of one network: opened once, so that all that is read lies in the same one."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from models import files
from models.errors import ModelError


@contextlib.contextmanager
def opened(
    path: Path, *, absent: Callable[[], ModelError], corrupt: Callable[[str], ModelError]
) -> Iterator[int]:
    """A descriptor of the folder `path`; what can go wrong with it, and with files of it that are
    read meanwhile, becomes a ModelError.

    Raises `absent()` where there is no such folder, `corrupt(what is wrong)` where a file is
    missing or anybody else could have changed something, ModelError for all else.
    """
    descriptor = None
    try:
        descriptor = files.open_folder(path)
        yield descriptor
    except FileNotFoundError:
        raise (absent() if descriptor is None else corrupt("is incomplete")) from None
    except NotADirectoryError:
        raise corrupt("is not a folder") from None
    except files.UntrustedError as error:
        raise corrupt(f"is not safe to use: {error}") from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {files.reason(error)}") from error
    finally:
        if descriptor is not None:
            os.close(descriptor)
