"""What the settings and the help say, without a screen."""

import pytest

from daemon.clients.agent import help_window, settings_window
from daemon.clients.agent.icons import drawing
from daemon.clients.agent.settings import SECTIONS, Settings
from daemon.clients.agent.view import Sign
from daemon.config.fields import rules
from daemon.errors import SpeechError
from daemon.speech import VoiceInfo
from models.errors import UsageError


def test_every_setting_and_section_has_a_name() -> None:
    assert set(settings_window.titles()) == set(SECTIONS)
    keys = {f"{name}.{key}" for name, section in SECTIONS.items() for key in rules(section)}
    assert set(settings_window.labels()) == keys


def test_a_setting_is_changed_alone() -> None:
    changed = settings_window.changed(Settings(), "greeting", "enabled", False)
    assert changed == Settings().with_greeting(on=False)


def test_what_is_out_of_bounds_is_refused() -> None:
    with pytest.raises(UsageError, match="start must be a time"):
        settings_window.changed(Settings(), "quiet", "start", "25:00")


def test_voices_of_the_own_language_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [VoiceInfo("a", "Afrikaans", "af"), VoiceInfo("d", "German", "de")]
    monkeypatch.setattr(settings_window, "list_voices", lambda: list(found))
    monkeypatch.setenv("LANGUAGE", "de_AT")
    assert [name for name, _text in settings_window.voices()] == ["auto", "d", "a"]


def test_without_speech_there_is_still_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> list[VoiceInfo]:
        raise SpeechError("no engine")

    monkeypatch.setattr(settings_window, "list_voices", none)
    assert len(settings_window.voices()) == 1


def test_the_help_explains_every_icon_and_each_has_a_drawing() -> None:
    assert set(help_window.meanings()) == set(Sign)
    for sign in Sign:
        assert drawing(sign).read_text().startswith("<svg")
