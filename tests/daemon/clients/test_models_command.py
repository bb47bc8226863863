"""`facelatch models`, and converting in a child process on behalf of other commands."""

import argparse
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.clients.cli import models as command
from daemon.clients.cli import output, prepare
from models import prepared, weights
from models.catalogue import MODELS, ModelSpec
from models.errors import (
    ConversionError,
    CorruptModelError,
    CorruptNetworkError,
    ModelError,
    NotInstalledError,
    NotPreparedError,
    UsageError,
)
from tests.data import ROOT
from tests.models.fakes import CONTENT, download, model

FAKE = model(download("https://release.invalid/weights.bin"), name="fake", networks=("embedder",))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FACELATCH_MIRROR", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, cache: Path) -> ModelSpec:
    """A model of the catalogue whose weights are here."""
    monkeypatch.setitem(MODELS, "fake", FAKE)
    (cache / "weights").mkdir(parents=True)
    (cache / "weights" / "weights.bin").write_bytes(CONTENT)
    return FAKE


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Sets what runs in place of `models.convert`; each run leaves a line in `runs`."""

    def use(code: str) -> None:
        noted = f"open({str(tmp_path / 'runs')!r}, 'a').write('run\\n')\n"
        monkeypatch.setattr(prepare, "_command", lambda _name: [sys.executable, "-c", noted + code])

    return use


CONVERTS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from models import prepared
from tests.daemon.clients.test_models_command import FAKE
print("fake: at work", file=sys.stderr)
prepared.write(FAKE, {{"embedder": {{"float32": b"network"}}}}, "float32", {{"refused": "int8 no"}})
"""


def runs(tmp_path: Path) -> int:
    noted = tmp_path / "runs"
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--debug", action="store_true")
    command.configure(parser)
    return command.run(parser.parse_args(words))


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """What the command says in JSON, by model."""
    assert call(*words, "--json") == code
    rows = json.loads(capsys.readouterr().out)
    return {row["name"]: row for row in rows}


# list


def test_the_list_has_everything_of_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, "list")
    assert list(rows) == list(MODELS)
    for name, row in rows.items():
        assert row["licence"] == MODELS[name].licence
        assert row["source"] == MODELS[name].origin
        assert row["digest"] == weights.source_digest(MODELS[name])
        assert [one["sha256"] for one in row["sources"]] == [
            source.sha256 for source in MODELS[name].sources
        ]
    assert (rows["haar"]["state"], rows["haar"]["ready"]) == ("installed", True)
    assert (rows["facenet"]["state"], rows["facenet"]["size"]) == ("missing", 0)
    assert (rows["resnet"]["state"], rows["resnet"]["auto"]) == ("installed", True)
    assert rows["resnet"]["sources"][0]["from"] == "package face_recognition_models"
    assert rows["mobilefacenet"]["sources"][0]["from"].startswith("https://")


def test_the_list_shows_the_networks(
    capsys: pytest.CaptureFixture[str], fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    row = answer(capsys, "list", "fake")["fake"]
    assert (row["state"], row["precision"]) == ("prepared", "float32")
    assert row["path"] == str(prepared.folder(fake))
    assert [(one["network"], one["precision"], one["runs"]) for one in row["networks"]] == [
        ("embedder", "float32", True)
    ]


def test_the_table_fits_a_pipe_and_says_what_auto_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("list") == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split() == ["name", "state", "size", "licence", "sha256", "source"]
    assert any(line.startswith("facenet ") and " missing " in line for line in lines)
    assert lines[-1] == "embedder auto means resnet"
    assert shown.err == ""


@pytest.mark.parametrize("action", ["list", "fetch", "prepare", "verify"])
def test_an_unknown_model_is_one_line(action: str) -> None:
    with pytest.raises(UsageError, match=r"no model 'facenett'; did you mean facenet\?"):
        call(action, "facenett")


def test_an_unknown_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call("explode")
    assert end.value.code == 2
    assert "explode" in capsys.readouterr().err


# fetch


def test_fetching_from_a_mirror_folder(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fake: ModelSpec,
) -> None:
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    target = weights.weights_folder() / "weights.bin"
    target.unlink()
    for outcome in ("fetched", "present"):
        row = answer(capsys, "fetch", fake.name)["fake"]
        assert (row["outcome"], row["size"]) == (outcome, len(CONTENT))
        assert row["files"] == [{"file": "weights.bin", "path": str(target), "outcome": outcome}]
    target.unlink()
    assert call("fetch", fake.name) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[1].split() == ["fake", "fetched", "307.2", "kB"]
    assert shown.err == "facelatch: fetching weights.bin (307.2 kB)\n"


def test_one_failure_does_not_keep_the_others_from_their_turn(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fake: ModelSpec,
) -> None:
    monkeypatch.setenv("FACELATCH_MIRROR", str(tmp_path))
    rows = answer(capsys, "fetch", "all", code=2)
    assert set(rows) == {"facenet", "mobilefacenet", "fake"}
    assert rows[fake.name]["outcome"] == "present"
    assert rows["facenet"]["outcome"] == "failed"
    assert "cannot fetch 20180402-114759-weights.h5" in rows["facenet"]["error"]
    assert call("fetch", "all") == 2
    shown = capsys.readouterr()
    assert len(shown.err.splitlines()) == 2
    assert "fake" in shown.out


def test_what_to_fetch_must_be_said() -> None:
    with pytest.raises(UsageError, match="one of: facenet, mobilefacenet, all"):
        call("fetch")


def test_a_model_of_a_package_is_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "fetch", "mtcnn", code=2)["mtcnn"]
    assert "PyPI package mtcnn" in row["error"]


# prepare


def test_preparing_converts_once(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    tmp_path: Path,
) -> None:
    child(CONVERTS)
    row = answer(capsys, "prepare", fake.name)["fake"]
    assert (row["outcome"], row["precision"]) == ("prepared", "float32")
    assert row["path"] == str(prepared.folder(fake))
    assert answer(capsys, "prepare", fake.name)["fake"]["outcome"] == "present"
    assert runs(tmp_path) == 1
    assert call("prepare", fake.name) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == (
        ["fake", "present", "float32", "int8", "no"]
    )


def test_progress_is_told_line_by_line(
    capsys: pytest.CaptureFixture[str], fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child(CONVERTS)
    call("prepare", fake.name)
    assert capsys.readouterr().err.splitlines() == [
        "facelatch: preparing fake, once",
        "facelatch: at work",
    ]


def test_without_a_name_what_is_installed_is_prepared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(spec: ModelSpec) -> bool:
        asked.append(spec.name)
        raise NotPreparedError(spec.name)

    monkeypatch.setattr(prepare, "prepare", note)
    answer(capsys, "prepare", code=2)
    assert asked == ["mtcnn", "resnet"]


def test_a_model_that_needs_no_conversion(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "prepare", "haar")["haar"]["outcome"] == "needs none"


def test_what_is_not_installed_cannot_be_prepared(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "prepare", "facenet", code=2)["facenet"]
    assert "facelatch models fetch facenet" in row["error"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "left no network that can be used"),
        ("import sys; sys.exit('it does not add up; do this')", "it does not add up; do"),
        ("raise SystemExit(3)", "it says not why"),
        ("import os; os.kill(os.getpid(), 9)", "was killed (signal 9)"),
        (
            "import os; os.write(2, b'\\xff\\x1b[31m\\n'); raise SystemExit(2)",
            "cannot prepare fake",
        ),
        ("import os; os.write(2, b'x' * 300000); raise SystemExit(2)", "cannot prepare fake: xx"),
        ("import tensorflow_is_not_here", "No module named 'tensorflow_is_not_here'"),
    ],
)
def test_a_conversion_that_fails_says_why(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    code: str,
    says: str,
) -> None:
    child(code)
    assert call("prepare", fake.name) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert first == "facelatch: preparing fake, once"
    assert says in last
    assert last.isprintable()
    assert len(last) < 1200


def test_a_conversion_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child("import time; time.sleep(60)")
    monkeypatch.setattr(prepare, "_LONGEST_S", 0.2)
    with pytest.raises(ConversionError, match="killed"):
        prepare.prepare(fake, quiet=True)


def test_a_child_does_not_outlive_an_interruption(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()) + '.')\n"
        "time.sleep(60)"
    )

    def interrupt() -> None:
        pid = tmp_path / "pid"
        while not (pid.exists() and pid.read_text().endswith(".")):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    # What a shell starts in the background ignores Ctrl-C, and so would this test.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            prepare.prepare(fake, quiet=True)
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()[:-1]), 0)


def test_the_child_cannot_be_given_other_modules_by_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise SystemExit('planted')")
    (tmp_path / "argparse.py").write_text("raise SystemExit('planted')")
    done = subprocess.run(
        [*prepare._command("nonsense")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no model 'nonsense'" in done.stderr


# On behalf of other commands


def load_fake() -> bytes:
    return prepared.load_network(FAKE, "embedder")


def test_what_is_missing_is_made_and_then_loaded(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    tmp_path: Path,
) -> None:
    child(CONVERTS)
    assert prepare.load_or_prepare(load_fake) == b"network"
    assert prepare.load_or_prepare(load_fake) == b"network"
    prepare.ensure_prepared([fake.name, "haar"])
    assert runs(tmp_path) == 1
    assert capsys.readouterr().err.startswith("facelatch: preparing fake")


@pytest.mark.parametrize("name", ["embedder.float32.tflite", "manifest.json"])
def test_a_damaged_cache_is_noticed_and_made_anew(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    tmp_path: Path,
    name: str,
) -> None:
    child(CONVERTS)
    prepare.ensure_prepared([fake.name], quiet=True)
    assert capsys.readouterr().err == ""
    path = prepared.folder(fake) / name
    for attempt in (
        lambda: prepare.load_or_prepare(load_fake),
        lambda: prepare.ensure_prepared([fake.name]),
    ):
        path.write_bytes(b"network of somebody else")
        attempt()
        assert load_fake() == b"network"
    assert runs(tmp_path) == 3
    assert f"{name} is damaged; it is made anew" in capsys.readouterr().err


def test_what_cannot_be_made_is_not_tried_for_ever(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(CONVERTS)

    def never() -> None:
        raise CorruptNetworkError(fake.name, "still damaged")

    with pytest.raises(CorruptNetworkError, match="still damaged"):
        prepare.load_or_prepare(never, quiet=True)
    assert runs(tmp_path) == 1


@pytest.mark.parametrize("error", [CorruptModelError("weights"), ModelError("x"), UsageError("y")])
def test_what_preparing_cannot_mend_is_not_prepared(
    child: Callable[[str], None], tmp_path: Path, error: Exception
) -> None:
    child(CONVERTS)

    def fails() -> None:
        raise error

    with pytest.raises(type(error)):
        prepare.load_or_prepare(fails)
    assert runs(tmp_path) == 0


def test_without_weights_no_child_is_started(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(CONVERTS)
    (weights.weights_folder() / "weights.bin").unlink()
    with pytest.raises(NotInstalledError, match="facelatch models fetch fake"):
        prepare.ensure_prepared([fake.name])
    assert runs(tmp_path) == 0


# verify


def test_what_is_intact_is_called_so(
    capsys: pytest.CaptureFixture[str], fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    rows = answer(capsys, "verify")
    assert rows["fake"]["state"] == "prepared"
    assert rows["facenet"]["state"] == "missing"


@pytest.mark.parametrize("damage", ["weights.bin", "embedder.float32.tflite", "manifest.json"])
def test_damage_is_found_and_named(
    capsys: pytest.CaptureFixture[str],
    fake: ModelSpec,
    child: Callable[[str], None],
    cache: Path,
    damage: str,
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    (path,) = cache.rglob(damage)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    row = answer(capsys, "verify", code=1)["fake"]
    assert row["state"] == "corrupt"
    assert str(path) in row["problem"]
    assert call("verify", fake.name) == 1
    assert f"fake: {path} is" in capsys.readouterr().out


def test_what_is_named_but_missing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "verify", "facenet", code=2)["facenet"]
    assert "facelatch models fetch facenet" in row["error"]


# Output


def test_sizes_as_a_person_reads_them() -> None:
    sizes = (0, 999, 1000, 22_466_066, 999_949, 999_950, 1_234_567_890, 10**13)
    assert [output.size(count) for count in sizes] == [
        "0 B", "999 B", "1.0 kB", "22.5 MB", "999.9 kB", "1.0 MB", "1.2 GB", "10000.0 GB",
    ]  # fmt: skip


def test_a_table_takes_any_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(
        [{"a": "[bold]x[/bold]", "b": None, "c": ""}, {"a": "y" * 300, "b": 7, "c": None}]
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["a", "b"]
    assert lines[1].split() == ["[bold]x[/bold]"]
    assert lines[2].split() == ["y" * 300, "7"]
    output.print_table([])
    assert capsys.readouterr().out == ""


def test_a_note_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("red \x1b[31m\nand\ttwo lines")
    assert capsys.readouterr().err == "facelatch: red ?[31m and two lines\n"


def test_on_a_terminal_progress_is_drawn() -> None:
    code = """
from daemon.clients.cli import output
with output.transfers() as count:
    for done in (0, 500, 1000):
        count("weights.bin", done, 1000)
    count("unknown.bin", 5, None)
with output.working("preparing fake") as report:
    report("[bold]half[/bold] way")
"""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=follower, env={**os.environ, "TERM": "xterm"}
    ) as running:
        os.close(follower)
        drawn = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            drawn += part
    os.close(leader)
    assert running.returncode == 0
    assert b"weights.bin" in drawn
    assert b"unknown.bin" in drawn
    assert b"preparing fake" in drawn


def test_the_command_never_imports_tensorflow(cache: Path) -> None:
    code = """
import argparse, sys
from daemon.clients.cli import models, prepare
parser = argparse.ArgumentParser()
models.configure(parser)
models.run(parser.parse_args(["verify", "--json"]))
heavy = {"tensorflow", "keras", "torch", "dlib", "onnx", "matplotlib", "mtcnn", "cv2"}
print(*sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "FACELATCH_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == ""


@pytest.mark.slow
def test_the_real_conversion_is_made_damaged_and_made_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from models import zoo

    assert answer(capsys, "prepare", "mtcnn")["mtcnn"]["outcome"] == "prepared"
    assert answer(capsys, "prepare", "mtcnn")["mtcnn"]["outcome"] == "present"
    path = prepared.folder(MODELS["mtcnn"]) / "onet.float32.tflite"
    content = path.read_bytes()
    path.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    answer(capsys, "verify", "mtcnn", code=1)
    assert prepare.load_or_prepare(zoo.load_detector).name == "mtcnn"
    answer(capsys, "verify", "mtcnn")
