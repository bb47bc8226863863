"""`facelatch models prepare`: a child converts once, and ends whatever happens to it."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.clients.cli import prepare
from models.assets import prepared
from models.assets.catalogue import ModelSpec
from models.errors import ConversionError, NotPreparedError
from tests.daemon.clients.cli.models_command.calling import CONVERTS, answer, call, runs
from tests.interrupting import heeding_ctrl_c
from tests.waiting import eventually


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


def test_what_matplotlib_keeps_goes_with_the_conversion(
    fake: ModelSpec, child: Callable[[str], None], tmp_path: Path
) -> None:
    child(
        "import os, pathlib\n"
        "folder = pathlib.Path(os.environ['MPLCONFIGDIR'])\n"
        "(folder / 'fontlist.json').write_text('')\n"
        f"pathlib.Path({str(tmp_path / 'told')!r}).write_text(str(folder))\n{CONVERTS}"
    )
    assert call("prepare", fake.name) == 0
    assert not Path((tmp_path / "told").read_text()).exists()


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
    assert asked == ["mtcnn", "facenet", "resnet"]


def test_a_model_that_needs_no_conversion(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "prepare", "haar")["haar"]["outcome"] == "needs none"


def test_what_is_not_installed_cannot_be_prepared(capsys: pytest.CaptureFixture[str]) -> None:
    row = answer(capsys, "prepare", "facenet-vggface2", code=2)["facenet-vggface2"]
    assert "facelatch models fetch facenet-vggface2" in row["error"]


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
        eventually(lambda: pid.exists() and pid.read_text().endswith("."), "a child")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with heeding_ctrl_c():
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            prepare.prepare(fake, quiet=True)
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
