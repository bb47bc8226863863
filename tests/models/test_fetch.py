"""Downloading weights from a real server on this machine."""

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import fetch, files, weights
from models.catalogue import MODELS, Download, ModelSpec
from models.errors import DownloadError, UsageError
from tests.models.fakes import CONTENT, download, model
from tests.models.web import Web, make_certificate, serving

NAME = "weights.bin"
HALF = len(CONTENT) // 2


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no mirror or proxy of this machine."""
    for variable in ("http_proxy", "https_proxy", "all_proxy", "FACELATCH_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        server.files[f"/{NAME}"] = CONTENT
        yield server


@pytest.fixture
def spec(web: Web) -> ModelSpec:
    return model(download(f"{web.base}/{NAME}"))


def present() -> set[str]:
    """Everything in the folder of weights but the lock."""
    folder = weights.weights_folder()
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def fails(spec: ModelSpec, says: str, *, timeout: float = 5.0) -> DownloadError:
    """Fetches and expects one line of error that contains `says`."""
    with pytest.raises(DownloadError) as caught:
        fetch.fetch(spec, timeout=timeout)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert weights.source_path(spec.sources[0]) is None
    return caught.value


def leave_partial(content: bytes) -> None:
    files.make_folder(weights.weights_folder())
    (weights.weights_folder() / f"{NAME}.part").write_bytes(content)


# What works


@pytest.mark.parametrize("size", [-1, None])
def test_the_published_file_is_put_in_place(web: Web, size: int | None) -> None:
    spec = model(download(f"{web.base}/{NAME}", size=size))
    seen: list[fetch.Progress] = []
    (got,) = fetch.fetch(spec, progress=seen.append)
    assert got.outcome == "fetched"
    assert got.path.read_bytes() == CONTENT
    assert present() == {NAME}
    assert [at.done for at in seen] == sorted(at.done for at in seen)
    assert seen[-1] == fetch.Progress(NAME, len(CONTENT), len(CONTENT))


def test_a_server_that_states_no_length_is_fine(web: Web, spec: ModelSpec) -> None:
    web.announce = False
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_what_is_here_is_not_fetched_again(web: Web, spec: ModelSpec) -> None:
    fetch.fetch(spec)
    assert fetch.fetch(spec)[0].outcome == "present"
    assert len(web.asked) == 1


def test_a_damaged_file_is_replaced(spec: ModelSpec) -> None:
    target = fetch.fetch(spec)[0].path
    target.write_bytes(CONTENT[:-1] + b"x")
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert target.read_bytes() == CONTENT


def test_a_damaged_file_stays_until_a_good_one_has_come(web: Web, spec: ModelSpec) -> None:
    target = fetch.fetch(spec)[0].path
    target.write_bytes(b"damaged")
    web.status = 500
    with pytest.raises(DownloadError, match="500"):
        fetch.fetch(spec)
    assert target.read_bytes() == b"damaged"


def test_every_file_of_a_model_is_fetched(web: Web) -> None:
    web.files["/other.bin"] = b"other"
    spec = model(download(f"{web.base}/{NAME}"), download(f"{web.base}/other.bin", b"other"))
    fetch.fetch(spec)
    assert present() == {NAME, "other.bin"}
    assert weights.installed(spec)


def test_a_redirect_is_followed(web: Web) -> None:
    web.redirects["/old.bin"] = f"{web.base}/{NAME}"
    assert fetch.fetch(model(download(f"{web.base}/old.bin")))[0].outcome == "fetched"


def test_a_model_of_a_package_is_not_fetched() -> None:
    with pytest.raises(UsageError, match="PyPI package mtcnn"):
        fetch.fetch(MODELS["mtcnn"])


# Files and permissions


def test_no_umask_makes_the_cache_writable_by_others_or_hides_the_weights(
    spec: ModelSpec, cache: Path
) -> None:
    for mask in (0o000, 0o077):
        before = os.umask(mask)
        try:
            target = fetch.fetch(spec)[0].path
        finally:
            os.umask(before)
        assert cache.stat().st_mode & 0o077 == 0
        assert target.parent.stat().st_mode & 0o022 == 0
        assert target.stat().st_mode & 0o777 == 0o644
        target.unlink()


def test_a_folder_that_others_can_write_is_not_used(web: Web, spec: ModelSpec) -> None:
    files.make_folder(weights.weights_folder())
    weights.weights_folder().chmod(0o777)
    fails(spec, "can be changed by other users")
    assert not web.asked


def test_a_planted_link_is_not_written_through(spec: ModelSpec, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    files.make_folder(weights.weights_folder())
    (weights.weights_folder() / f"{NAME}.part").symlink_to(victim)
    fails(spec, "cannot write to")
    assert victim.read_bytes() == b"precious"


def test_a_pipe_in_place_of_the_file_does_not_hang(spec: ModelSpec) -> None:
    files.make_folder(weights.weights_folder())
    os.mkfifo(weights.weights_folder() / NAME)
    fails(spec, "is not a file")


def test_a_full_disk_is_one_line_and_the_rest_follows_later(spec: ModelSpec) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, before[1]))
    try:
        fails(spec, "cannot write to")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert fetch.fetch(spec)[0].path.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_one_line(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "file"))
    fails(spec, "cannot write to")


# Wrong content


@pytest.mark.parametrize("size", [-1, None])
def test_a_wrong_digest_is_refused_and_nothing_is_kept(web: Web, size: int | None) -> None:
    web.files[f"/{NAME}"] = CONTENT[:-1] + b"x"
    error = fails(model(download(f"{web.base}/{NAME}", size=size)), "something else than the")
    assert "nothing of it is kept" in error.hint
    assert present() == set()


@pytest.mark.parametrize("sent", [CONTENT + b"x", CONTENT[:-1], b""])
def test_a_file_of_another_size_is_refused_before_it_comes(
    web: Web, spec: ModelSpec, sent: bytes
) -> None:
    web.files[f"/{NAME}"] = sent
    fails(spec, f"offers {len(sent)} bytes")
    assert present() == set()


def test_more_than_was_stated_is_cut_off_and_thrown_away(web: Web, spec: ModelSpec) -> None:
    web.announce = False
    web.files[f"/{NAME}"] = CONTENT * 2
    fails(spec, "sends more than")
    assert present() == set()


def test_more_than_any_file_has_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DOWNLOAD_LIMIT", HALF)
    spec = model(download(f"{web.base}/{NAME}", size=None))
    fails(spec, f"at most {HALF} bytes")
    web.announce = False
    fails(spec, "sends more than")
    assert present() == set()


def test_an_encoded_answer_is_refused(web: Web, spec: ModelSpec) -> None:
    web.extra["Content-Encoding"] = "gzip"
    fails(spec, "encodes the file")


# Broken transfers


def test_a_truncated_transfer_is_kept_and_resumed(web: Web, spec: ModelSpec) -> None:
    web.cut = HALF
    error = fails(spec, f"sent {HALF} of {len(CONTENT)} bytes")
    assert f"{HALF} bytes are kept, run it again to resume" in error.hint
    assert present() == {f"{NAME}.part", f"{NAME}.part.from"}
    web.cut = None
    assert fetch.fetch(spec)[0].outcome == "resumed"
    assert web.asked[-1] == (f"/{NAME}", f"bytes={HALF}-", '"one"')
    assert weights.read_source(spec, spec.sources[0]) == CONTENT
    assert present() == {NAME}


def test_a_transfer_breaks_many_times_and_still_ends_well(web: Web, spec: ModelSpec) -> None:
    web.cut = len(CONTENT) // 5 + 1
    for _ in range(4):
        fails(spec, "bytes are kept")
    assert fetch.fetch(spec)[0].outcome == "resumed"


def test_a_file_that_changed_on_the_server_starts_anew(web: Web, spec: ModelSpec) -> None:
    web.files[f"/{NAME}"] = b"?" * len(CONTENT)
    web.cut = HALF
    fails(spec, "bytes are kept")
    web.files[f"/{NAME}"], web.etag, web.cut = CONTENT, '"two"', None
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert web.asked[-1] == (f"/{NAME}", f"bytes={HALF}-", '"one"')
    assert len(web.asked) == 2


def test_a_server_without_ranges_sends_everything_again(web: Web, spec: ModelSpec) -> None:
    leave_partial(CONTENT[:HALF])
    web.ranges = False
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_without_a_strong_tag_only_the_range_is_asked_for(web: Web, spec: ModelSpec) -> None:
    web.etag, web.cut = 'W/"weak"', HALF
    fails(spec, "bytes are kept")
    web.cut = None
    assert fetch.fetch(spec)[0].outcome == "resumed"
    assert web.asked[-1] == (f"/{NAME}", f"bytes={HALF}-", None)


def test_an_older_part_that_does_not_fit_is_replaced_in_the_same_run(
    web: Web, spec: ModelSpec
) -> None:
    leave_partial(b"?" * HALF)
    assert fetch.fetch(spec)[0].outcome == "fetched"
    assert [asked[1] for asked in web.asked] == [f"bytes={HALF}-", None]


@pytest.mark.parametrize("size", [-1, None])
@pytest.mark.parametrize("left", [b"?" * len(CONTENT), CONTENT + b"?"])
def test_a_part_that_is_too_long_or_wrong_is_thrown_away(
    web: Web, size: int | None, left: bytes
) -> None:
    leave_partial(left)
    got = fetch.fetch(model(download(f"{web.base}/{NAME}", size=size)))
    assert got[0].path.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [-1, None])
def test_a_part_that_is_whole_is_installed_without_asking(web: Web, size: int | None) -> None:
    leave_partial(CONTENT)
    fetch.fetch(model(download(f"{web.base}/{NAME}", size=size)))
    assert not web.asked
    assert present() == {NAME}


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b"null", b'{"url": 1, "validator": []}', b"\xff" * 5000, b"[" * 4000]
)
def test_a_damaged_note_beside_the_part_is_ignored(web: Web, spec: ModelSpec, note: bytes) -> None:
    leave_partial(CONTENT[:HALF])
    (weights.weights_folder() / f"{NAME}.part.from").write_bytes(note)
    assert fetch.fetch(spec)[0].outcome == "resumed"
    assert web.asked == [(f"/{NAME}", f"bytes={HALF}-", None)]


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes x", "", "bytes 5-", "elephants"])
def test_a_part_other_than_the_one_asked_for_is_not_taken(
    web: Web, spec: ModelSpec, said: str
) -> None:
    leave_partial(CONTENT[:HALF])
    web.extra["Content-Range"] = said
    assert fetch.fetch(spec)[0].outcome == "fetched"


def test_a_server_that_says_nothing_is_given_up(web: Web, spec: ModelSpec) -> None:
    web.pause_after = HALF
    error = fails(spec, "no answer for 0.2 s", timeout=0.2)
    assert f"{HALF} bytes are kept" in error.hint


def test_a_server_that_only_drips_is_given_up(
    spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.transfer._WINDOW_S", 0.0)
    monkeypatch.setattr("models.transfer._SLOWEST_BYTES_PER_S", 1e12)
    fails(spec, "next to nothing")


def test_nobody_listens() -> None:
    fails(model(download(f"http://127.0.0.1:9/{NAME}")), "127.0.0.1: Connection refused")


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
def test_a_refusal_names_its_code(web: Web, spec: ModelSpec, status: int) -> None:
    web.status = status
    fails(spec, f"answered {status}")


def test_what_a_server_says_cannot_command_the_terminal(web: Web) -> None:
    web.redirects["/old.bin"] = "gopher://\x1b[31mred\x07"
    error = fails(model(download(f"{web.base}/old.bin")), "redirects to")
    assert str(error).isprintable()


# Redirects


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "javascript:x", "http://["]
)
def test_a_redirect_to_anything_but_the_web_is_refused(web: Web, target: str) -> None:
    web.redirects["/old.bin"] = target
    fails(model(download(f"{web.base}/old.bin")), "redirects to")


def test_a_redirect_in_a_circle_ends(web: Web) -> None:
    web.redirects["/old.bin"] = "/old.bin"
    fails(model(download(f"{web.base}/old.bin")), "redirects too often")
    assert len(web.asked) <= 10


def test_https_is_not_led_back_to_http(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "server.pem")
    with serving(certificate) as secure:
        secure.files[f"/{NAME}"] = CONTENT
        fails(model(download(f"{secure.base}/{NAME}")), "certificate is not trusted")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        secure.redirects["/down.bin"] = f"{web.base}/{NAME}"
        fails(model(download(f"{secure.base}/down.bin")), "which is not https")
        assert not web.asked
        secure.redirects["/same.bin"] = f"{secure.base}/{NAME}"
        assert fetch.fetch(model(download(f"{secure.base}/same.bin")))[0].outcome == "fetched"


# Mirrors


def test_a_mirror_is_asked_instead(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.files[f"/deep/{NAME}"] = CONTENT
    monkeypatch.setenv("FACELATCH_MIRROR", f"{web.base}/deep/?token=1")
    fetch.fetch(model(download(f"https://release.invalid/v1/{NAME}")))
    assert web.asked == [(f"/deep/{NAME}?token=1", None, None)]


def test_a_mirror_folder_is_copied_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    spec = model(download(f"https://release.invalid/{NAME}"))
    assert fetch.fetch(spec)[0].path.read_bytes() == CONTENT
    assert (tmp_path / NAME).exists()


def test_a_part_from_elsewhere_is_resumed_from_a_mirror_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    leave_partial(CONTENT[:HALF])
    (tmp_path / NAME).write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    fetch.fetch(model(download(f"https://release.invalid/{NAME}")))
    assert present() == {NAME}


def test_a_mirror_cannot_change_the_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:-1] + b"x")
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    fails(model(download(f"https://release.invalid/{NAME}")), "something else")
    assert present() == set()


def test_a_mirror_folder_without_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    spec = model(download(f"https://release.invalid/{NAME}"))
    fails(spec, f"cannot read {tmp_path / NAME}")
    os.mkfifo(tmp_path / NAME)
    fails(spec, "is not a file")


@pytest.mark.parametrize(
    "mirror",
    [
        "ftp://127.0.0.1/",
        "file:///etc",
        "https://",
        "https://[",
        "http://127.0.0.1:99999/",
        "https://user:secret@example.org/",
        "/no/such/folder",
        "a\0b",
    ],
)
def test_a_mirror_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setattr("os.environ", {**os.environ, "FACELATCH_MIRROR": mirror})
    with pytest.raises(UsageError) as caught:
        fetch.fetch(model(download(f"https://release.invalid/{NAME}")))
    assert "FACELATCH_MIRROR" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


# Processes

_CHILD = """
import sys
from models import fetch
from tests.models.fakes import download, model
fetch.fetch(model(download(sys.argv[1])))
"""


def test_two_at_once_do_not_meet(web: Web, spec: ModelSpec) -> None:
    web.pause_after = HALF
    with _fetching(f"{web.base}/{NAME}") as child:
        _wait_for_part(HALF)
        fails(spec, "another facelatch fetches fake")
        web.go_on.set()
        assert child.wait(20) == 0
    assert weights.read_source(spec, spec.sources[0]) == CONTENT


def test_killed_in_the_middle_nothing_is_installed_and_the_next_one_resumes(
    web: Web, spec: ModelSpec
) -> None:
    web.pause_after = HALF
    with _fetching(f"{web.base}/{NAME}") as child:
        _wait_for_part(1)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not weights.installed(spec)
    web.pause_after = None
    fetch.fetch(spec)
    assert present() == {NAME}


def _fetching(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _CHILD, url], cwd=Path(__file__).parents[2])


def _wait_for_part(size: int) -> None:
    part = weights.weights_folder() / f"{NAME}.part"
    deadline = time.monotonic() + 30
    while not part.exists() or part.stat().st_size < size:
        assert time.monotonic() < deadline, "the transfer did not begin"
        time.sleep(0.02)


def test_the_catalogue_is_fetched_over_https_only() -> None:
    downloads = [source for spec in MODELS.values() for source in spec.downloads]
    assert len(downloads) == 2
    assert all(source.url.startswith("https://") for source in downloads)
    assert len({source.filename for source in downloads}) == len(downloads)


def test_digests_are_compared_whole(web: Web) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    nearly = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    fails(model(Download(f"{web.base}/{NAME}", NAME, nearly, None)), "something else")
