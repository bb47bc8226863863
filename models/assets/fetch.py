"""Downloads the weights of a model: the only code of Facelatch that uses the network.

    <cache>/weights/<file>             whole and of the published digest, or not there
    <cache>/weights/<file>.part        what arrived so far
    <cache>/weights/<file>.part.from   which address it came from, and its entity tag

A file gets its name only after its digest was checked and it lies on the disk. `FACELATCH_MIRROR`
names another base URL or a folder to take the files from; the digests stay the same.
"""

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from models import files
from models.assets import transfer
from models.assets.catalogue import DOWNLOAD_LIMIT, Download, ModelSpec
from models.assets.transfer import Answer
from models.assets.weights import weights_folder
from models.errors import DownloadError, UsageError

_CHUNK = 1 << 20
_ORIGIN_LIMIT = 4096
_PARTIAL_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


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
    outcome: Literal["present", "fetched", "resumed"]


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
    mirror = _mirror()
    folder = weights_folder()
    with _writing_to(folder):
        files.make_folder(folder, mode=0o755)
        os.close(files.open_folder(folder))
        with files.locked(folder / f".{spec.name}.lock", wait=False) as held:
            if not held:
                raise DownloadError(f"another facelatch fetches {spec.name}", "wait for it")
            jobs = [_Job(source, folder, mirror, timeout, progress) for source in spec.downloads]
            return tuple(job.run() for job in jobs)


class _Job:
    """One file on its way."""

    def __init__(
        self,
        source: Download,
        folder: Path,
        mirror: str | Path | None,
        timeout: float,
        progress: ProgressCallback | None,
    ) -> None:
        self._source = source
        self._target = folder / source.filename
        self._partial = folder / f"{source.filename}.part"
        self._origin = folder / f"{source.filename}.part.from"
        self._from = _located(source, mirror)
        self._timeout = timeout
        self._progress = progress

    def run(self) -> Fetched:
        """The file in place; raises DownloadError, or OSError of the local disk."""
        try:
            return self._run()
        except DownloadError as error:
            told = f"cannot fetch {self._source.filename}: {error.message}"
            raise DownloadError(told, error.hint) from error

    def _run(self) -> Fetched:
        if self._is_published(self._target):
            return self._fetched("present")
        with self._opened_partial() as file:
            start = self._usable_start(file)
            if start and self._is_published(self._partial):
                return self._install(file, "resumed")
            built_on = self._receive(file, start)
            if built_on and not self._arrived(file):
                # The older part may come from another file of that name: once more without it.
                self._restart(file)
                built_on = self._receive(file, 0)
            if self._arrived(file):
                return self._install(file, "resumed" if built_on else "fetched")
            self._restart(file)
        raise self._wrong()

    def _usable_start(self, file: BinaryIO) -> int:
        """How much of an earlier transfer to build on; what cannot be right is thrown away."""
        size = file.seek(0, os.SEEK_END)
        published = self._source.size
        too_long = size > (published or DOWNLOAD_LIMIT)
        if too_long or (size == published and not self._is_published(self._partial)):
            self._restart(file)
            return 0
        return size

    def _receive(self, file: BinaryIO, start: int) -> int:
        """Fills the .part file; how many of its bytes are from an earlier transfer."""
        try:
            return self._transfer(file, start)
        except transfer.RangeRefusedError:
            if not start:
                raise
            self._restart(file)
            return start

    def _arrived(self, file: BinaryIO) -> bool:
        file.flush()
        os.fsync(file.fileno())
        return self._is_published(self._partial)

    def _transfer(self, file: BinaryIO, start: int) -> int:
        with self._answer(start) as answer:
            self._check_size(answer.total)
            if answer.start == 0:
                self._restart(file)
                self._remember(answer.validator)
            file.seek(answer.start)
            done = answer.start
            for chunk in self._kept_if_broken(answer.chunks, file):
                self._report(done, answer.total)
                done += len(chunk)
                self._check_limit(file, done)
                file.write(chunk)
            self._report(done, answer.total)
        expected = answer.total or self._source.size
        if expected is not None and done < expected:
            file.flush()
            raise self._broken(f"{self._server()} sent {done} of {expected} bytes", done)
        return answer.start

    def _answer(self, start: int) -> contextlib.AbstractContextManager[Answer]:
        if isinstance(self._from, Path):
            return _copied(self._from)
        # Another mirror's tag means nothing here; the pinned digest has the last word anyway.
        validator = self._remembered() if start else ""
        return transfer.asked(self._from, start=start, validator=validator, timeout=self._timeout)

    def _kept_if_broken(self, chunks: Iterator[bytes], file: BinaryIO) -> Iterator[bytes]:
        try:
            yield from chunks
        except DownloadError as error:
            file.flush()
            raise self._broken(error.message, file.tell()) from error

    def _broken(self, message: str, done: int) -> DownloadError:
        if not done:
            return DownloadError(message, "run it again")
        return DownloadError(message, f"{done} bytes are kept, run it again to resume")

    def _check_size(self, total: int | None) -> None:
        published = self._source.size
        if total is None or (published is None and total <= DOWNLOAD_LIMIT) or total == published:
            return
        meant = f"{published} bytes" if published else f"at most {DOWNLOAD_LIMIT} bytes"
        raise DownloadError(
            f"{self._server()} offers {total} bytes, the published file has {meant}"
        )

    def _check_limit(self, file: BinaryIO, done: int) -> None:
        limit = self._source.size or DOWNLOAD_LIMIT
        if done > limit:
            self._restart(file)
            raise DownloadError(
                f"{self._server()} sends more than its {limit} bytes", "nothing of it is kept"
            )

    def _wrong(self) -> DownloadError:
        return DownloadError(
            f"{self._server()} sent something else than the published file, whose sha256 is"
            f" {self._source.sha256}",
            "nothing of it is kept",
        )

    def _install(self, file: BinaryIO, outcome: Literal["fetched", "resumed"]) -> Fetched:
        # Set, not asked for: a umask of 077 would hide shared weights from the service.
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
        self._partial.replace(self._target)
        files.sync_folder(self._target.parent)
        self._origin.unlink(missing_ok=True)
        return self._fetched(outcome)

    def _fetched(self, outcome: Literal["present", "fetched", "resumed"]) -> Fetched:
        size = self._target.stat().st_size
        return Fetched(self._source.filename, self._target, size, outcome)

    def _report(self, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(Progress(self._source.filename, done, total or self._source.size))

    def _server(self) -> str:
        return str(self._from) if isinstance(self._from, Path) else transfer.host(self._from)

    @contextlib.contextmanager
    def _opened_partial(self) -> Iterator[BinaryIO]:
        """The .part file; an empty one is not left behind."""
        descriptor = os.open(self._partial, _PARTIAL_FLAGS, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise DownloadError(f"{self._partial} is not a file", "remove it")
            try:
                yield file
            finally:
                # Not by path alone: after a success the path is the next fetch's business.
                if os.fstat(descriptor).st_size == 0:
                    self._partial.unlink(missing_ok=True)
                    self._origin.unlink(missing_ok=True)

    def _restart(self, file: BinaryIO) -> None:
        file.seek(0)
        file.truncate()

    def _is_published(self, path: Path) -> bool:
        try:
            digest = files.sha256(path, most=self._source.size or DOWNLOAD_LIMIT)
        except FileNotFoundError:
            return False
        return digest == self._source.sha256

    def _remember(self, validator: str) -> None:
        self._origin.unlink(missing_ok=True)
        if validator:
            content = json.dumps({"url": self._from, "validator": validator})
            files.write_synced(self._origin, content.encode())

    def _remembered(self) -> str:
        """The entity tag that this very address gave for what is in the .part file, or ""."""
        try:
            raw = json.loads(files.read_bounded(self._origin, most=_ORIGIN_LIMIT))
            known, validator = raw["url"], raw["validator"]
        except (OSError, files.UntrustedError, ValueError, LookupError, TypeError, RecursionError):
            return ""
        return validator if known == self._from and transfer.is_validator(validator) else ""


def _mirror() -> str | Path | None:
    """What `FACELATCH_MIRROR` names: a base URL, a folder, or nothing. Raises UsageError."""
    named = os.environ.get("FACELATCH_MIRROR", "")
    if not named:
        return None
    if "://" not in named:
        return _mirror_folder(named)
    try:
        parts = urlsplit(named)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("FACELATCH_MIRROR must be a folder or an https:// or http:// address")
    if parts.username is not None:
        # It would end in messages and logs.
        raise UsageError("FACELATCH_MIRROR must not contain a user name or password")
    return named


def _mirror_folder(named: str) -> Path:
    try:
        folder = Path(named).expanduser().absolute()
        found = folder.is_dir()
    except (OSError, ValueError, RuntimeError):
        found = False
    if not found:
        raise UsageError(f"FACELATCH_MIRROR names no folder: {transfer.printable(named)}")
    return folder


def _located(source: Download, mirror: str | Path | None) -> str | Path:
    """Where to take `source` from: an address or a path."""
    if mirror is None:
        return source.url
    if isinstance(mirror, Path):
        return mirror / source.filename
    parts = urlsplit(mirror)
    path = f"{parts.path.rstrip('/')}/{quote(source.filename)}"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[Answer]:
    """A file of a mirror folder, as a server would answer it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {files.reason(error)}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DownloadError(f"{path} is not a file")
        yield Answer(0, status.st_size, "", _file_chunks(file, path))


def _file_chunks(file: BinaryIO, path: Path) -> Iterator[bytes]:
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
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
