"""No picture is ever written: every write of an enrolment, as the kernel saw it."""

import os
import subprocess
import sys
from pathlib import Path

from enroll.store import codec, envelope
from enroll.store.binding import login_account
from enroll.store.codec import TEMPLATES
from enroll.store.store import TemplateStore
from models.types import Array
from tests import trace
from tests.bus.world import ME, Home
from tests.data import ROOT

SMALLEST_PICTURE = 112 * 112
"""Bytes of the smallest face that an embedder takes, in grey."""
_NO_FILES = ("pipe:", "socket:", "anon_inode:", "/dev/null", "/dev/pts/", "/dev/tty", "UNIX")


def check(found: trace.Trace, store: TemplateStore, name: str, *more: str) -> None:
    """Only files of the store, and `more`, were written, and they hold no pixels."""
    folder = f"{store.folder}/"
    files = {path for path in found.opened if not path.startswith(_NO_FILES)}
    assert files, "nothing was traced"
    strangers = {path for path in files if not path.startswith((folder, *more))}
    assert not strangers
    names = {Path(path).name for path in files if path.startswith(folder)}
    assert {one for one in names if not one.startswith(".unfinished-")} <= {"lock"}
    written = {path for path in found.written if not path.startswith(_NO_FILES)}
    assert written <= files
    assert not [line for line in found.made if "memfd" in line or "symlink" in line]
    size = sum(count for path, count in found.written.items() if path.startswith(folder))
    assert 0 < size < SMALLEST_PICTURE
    check_content(store, name, size)


def check_content(store: TemplateStore, name: str, size: int) -> None:
    """The file is embeddings to the last byte, and all that was written but the key."""
    content = (store.folder / f"{name}.templates").read_bytes()
    assert len(content) + envelope.KEY_SIZE >= size >= len(content)
    (appearance,) = store.load(name).appearances
    key = (store.folder / "key").read_bytes()
    payload = envelope.unseal(
        TEMPLATES, content, secret=key, place=store._access.seal(None).place(name)
    )
    rows: Array = appearance.embeddings
    assert payload == codec.payload_of(store.load(name))
    assert len(payload) < rows.nbytes + 1024


def test_an_enrolment_in_the_foreground_writes_templates_alone(tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    home.mkdir()
    store = TemplateStore(tmp_path / "store")
    arguments = ["enroll", "Ada", "--source", "demo:owner", "--no-pace", "--embedder", "resnet"]
    arguments += ["--store", str(store.folder)]
    done = subprocess.run(
        [*trace.command(log), sys.executable, "-B", "-m", "daemon", *arguments],
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), "TMPDIR": str(home), "FACELATCH_BUS": "unix:path=/x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check(trace.read(log), store, "Ada")
    assert list(home.rglob("*")) == []


def test_an_enrolment_by_the_daemon_writes_templates_alone(home: Home) -> None:
    world = home.start()
    log = world.folder / "trace"
    assert world.daemon is not None
    store = TemplateStore(world.state / "templates", account=login_account)
    with world.client() as client:
        client.call("RemoveUser", "")
        with trace.attached(world.daemon.pid, log):
            client.call("StartEnrol", "", "default", {"seconds": 60.0})
            heard = next(one for one in client.signals(seconds=120) if one.name == "EnrolFinished")
    assert heard.values[1] == "enrolled", heard.values
    # The daemon remembers decisions too, in its own folder: no more than a few lines of text.
    check(trace.read(log), store, ME, f"{world.state}/.unfinished-", f"{world.folder}/daemon.log")


def test_a_picture_would_be_noticed(tmp_path: Path) -> None:
    """The trace sees what it is there to see: a file that OpenCV writes, from another thread."""
    log, picture = tmp_path / "log", tmp_path / "picture.png"
    code = (
        "import sys, threading, cv2, numpy;"
        "picture = numpy.random.default_rng(1).integers(0, 255, (300, 300, 3), dtype='uint8');"
        "threading.Thread(target=lambda: cv2.imwrite(sys.argv[1], picture)).start()"
    )
    command = [*trace.command(log), sys.executable, "-c", code, str(picture)]
    subprocess.run(command, check=True)
    found = trace.read(log)
    assert str(picture) in found.opened
    assert found.written[str(picture)] == picture.stat().st_size > SMALLEST_PICTURE
