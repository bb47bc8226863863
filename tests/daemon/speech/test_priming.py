"""An engine that is loaded ahead: it speaks the next text, once, and leaves nothing behind."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.errors import SpeechError
from daemon.speech import FileSpeaker, Voice, synthesis
from daemon.speech.process import Children, Stopped
from daemon.speech.synthesis import Synthesiser
from tests.daemon.speech.sounds import PATIENCE, SPEAKS, closing, measured, wait_for
from tests.waiting import lasting

COUNTS = "open(sys.argv[0] + '.starts', 'a').write('x')\n"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.usefixtures("real_engine", "room")
def test_a_primed_engine_says_the_same_each_time() -> None:
    """pyttsx3 2.99 alone forgets the rate of an engine that waited, one time in three."""
    spoken = set()
    for wait in (0.0, *[0.3] * 7):
        synthesiser = Synthesiser(Children())
        synthesiser.prime(Voice(rate=120))
        lasting(wait, "an engine that waited is what is tested")
        with synthesiser.spoken("Welcome back, Ada", Voice(rate=120)) as (wav, warning):
            assert warning == ""
            assert measured(wav)[1] > 0.02
            spoken.add(wav.read_bytes())
    assert len(spoken) == 1


@pytest.mark.usefixtures("room")
def test_the_engine_that_was_primed_is_the_one_that_speaks(
    tmp_path: Path, engine: Callable[[str], None]
) -> None:
    engine(COUNTS + SPEAKS)
    starts = tmp_path / "engine.py.starts"
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    synthesiser.prime(Voice())
    wait_for(starts)
    for count in (1, 2):
        with synthesiser.spoken("Welcome", Voice()) as (wav, _):
            assert wav.read_text() == "spoken: Welcome"
        assert len(starts.read_text()) == count


@pytest.mark.usefixtures("room")
def test_another_voice_needs_another_engine(engine: Callable[[str], None]) -> None:
    engine("text = sys.stdin.read()\nopen(file, 'w').write(sys.argv[4] + ': ' + text)")
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice("de"))
    with synthesiser.spoken("Welcome", Voice("fr")) as (wav, _):
        assert wav.read_text() == "fr: Welcome"


@pytest.mark.usefixtures("room")
def test_a_primed_engine_that_has_ended_is_replaced(engine: Callable[[str], None]) -> None:
    engine("sys.exit(0)")
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    assert synthesiser._primed is not None
    synthesiser._primed.child.wait(PATIENCE)
    engine(SPEAKS)
    with synthesiser.spoken("Welcome", Voice()) as (wav, _):
        assert wav.read_text() == "spoken: Welcome"


def test_an_engine_that_is_released_is_gone_with_its_folder(
    engine: Callable[[str], None], room: Path
) -> None:
    engine(SPEAKS)
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    assert synthesiser._primed is not None
    child = synthesiser._primed.child
    synthesiser.release()
    synthesiser.release()
    assert child.returncode is not None
    assert list(room.iterdir()) == []


def test_closing_ends_an_engine_that_waits(
    tmp_path: Path, engine: Callable[[str], None], room: Path
) -> None:
    engine(COUNTS + SPEAKS)
    with closing(FileSpeaker(tmp_path / "out.wav", warn=pytest.fail)) as speaker:
        assert isinstance(speaker, FileSpeaker)
        speaker.prime()
        assert speaker.finish(PATIENCE)
    assert not speaker._thread.is_alive()
    assert list(room.iterdir()) == []
    with pytest.raises(Stopped):
        speaker._synthesiser.prime(Voice())
    assert list(room.iterdir()) == []


@pytest.mark.parametrize("ours", [True, False])
def test_what_is_said_lies_in_the_folder_of_the_own_session(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    session = tmp_path / "session"
    session.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    if not ours:
        monkeypatch.setattr("os.geteuid", lambda: session.stat().st_uid + 1)
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    assert [len(list(one.iterdir())) for one in (session, room)] == [ours, not ours]
    synthesiser.release()
    assert [*session.iterdir(), *room.iterdir()] == []


@pytest.mark.parametrize("folder", ["", "run", "/nowhere/at/all", "/a\0b"])
def test_without_a_session_it_lies_where_all_temporary_files_do(
    room: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setattr("os.environ", {**os.environ, "XDG_RUNTIME_DIR": folder})
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    assert len(list(room.iterdir())) == 1
    synthesiser.release()


def test_without_room_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not" / "there"))
    with pytest.raises(SpeechError, match="no room for speech"):
        Synthesiser(Children()).prime(Voice())


@pytest.mark.usefixtures("real_engine", "room")
def test_an_engine_that_gets_no_text_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "engine.py"
    program.write_text(
        synthesis._ENGINE.read_text().replace(
            "_LONGEST_WAIT_SECONDS = 120.0", "_LONGEST_WAIT_SECONDS = 0.1"
        )
    )
    monkeypatch.setattr(synthesis, "_ENGINE", program)
    synthesiser = Synthesiser(Children())
    synthesiser.prime(Voice())
    assert synthesiser._primed is not None
    assert synthesiser._primed.child.wait(PATIENCE) == 0
    synthesiser.release()


def test_what_waited_too_long_is_not_said(tmp_path: Path, engine: Callable[[str], None]) -> None:
    engine(SPEAKS)
    out = tmp_path / "out.wav"
    with closing(FileSpeaker(out, warn=pytest.fail, stale_seconds=-1.0)) as speaker:
        speaker.say("Welcome")
        assert speaker.finish(PATIENCE)
    assert not out.exists()
