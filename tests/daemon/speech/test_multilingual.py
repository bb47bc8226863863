"""Names of other scripts: who reads which part, and that each comes out of the real engine."""

from pathlib import Path

import pytest

from daemon.errors import SpeechError
from daemon.speech import FileSpeaker, Voice, VoiceInfo, list_voices, multilingual, speak_to_file
from daemon.speech.joining import join
from daemon.speech.scripts import Part, language_of, parts, reader
from tests.daemon.speech.sounds import PATIENCE, closing, measured

NAMES = {
    "CYRILLIC": "Иван Петров",
    "GREEK": "Γιώργος Παπαδόπουλος",
    "ARABIC": "محمد علي",
    "CJK": "王小明",
    "HEBREW": "משה כהן",
    "HIRAGANA": "さくら",
    "THAI": "สมชาย",
    "DEVANAGARI": "राहुल शर्मा",
    "HANGUL": "김민수",
}


@pytest.mark.parametrize(("script", "name"), NAMES.items())
def test_a_name_is_a_part_of_its_own(script: str, name: str) -> None:
    assert parts(f"Welcome back, {name}. Hello!", "en") == (
        Part("Welcome back, "),
        Part(f"{name}. ", script),
        Part("Hello!"),
    )


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("", "en", ()),
        ("Welcome back, José Łukasz 3", "en", (Part("Welcome back, José Łukasz 3"),)),
        ("С возвращением, Иван", "ru", (Part("С возвращением, Иван"),)),
        ("Иван", "uk", (Part("Иван"),)),
        ("Γιώργος", "de", (Part("Γιώργος", "GREEK"),)),
        ("12. Иван", "en", (Part("12. "), Part("Иван", "CYRILLIC"))),
        # A script that no voice knows is the voice's own affair.
        ("ᚠᚢᚦ", "en", (Part("ᚠᚢᚦ"),)),
    ],
)
def test_a_text_is_cut_where_the_voice_cannot_go_on(
    text: str, language: str, expected: tuple[Part, ...]
) -> None:
    assert parts(text, language) == expected


@pytest.mark.parametrize(
    ("voice", "language"),
    [("", "en"), ("gmw/en-us", "en"), ("de", "de"), ("sit/cmn", "cmn"), ("roa/pt-br", "pt")],
)
def test_the_language_of_a_voice(voice: str, language: str) -> None:
    assert language_of(voice) == language


def test_the_first_voice_that_is_here_reads_a_script() -> None:
    here = [VoiceInfo("sit/cmn", "Mandarin", "cmn"), VoiceInfo("zle/uk", "Ukrainian", "uk")]
    assert [reader(script, here) for script in ("CJK", "CYRILLIC", "THAI")] == [
        "sit/cmn",
        "zle/uk",
        "",
    ]


@pytest.mark.usefixtures("real_engine")
@pytest.mark.parametrize(("script", "name"), NAMES.items())
def test_each_script_sounds_and_not_as_if_it_were_spelled_out(
    script: str, name: str, tmp_path: Path
) -> None:
    voice = reader(script, list_voices())
    read, whole, spelled = (tmp_path / one for one in ("read.wav", "whole.wav", "spelled.wav"))
    speak_to_file(name, read)
    speak_to_file(f"Welcome back, {name}", whole)
    speak_to_file(name, spelled, voice=Voice(voice, rate=300))
    seconds, loudness = measured(read)
    assert voice
    assert 0.4 < seconds < 4.0
    assert loudness > 0.02
    assert measured(whole)[0] > seconds + 0.4
    assert measured(spelled)[0] < seconds  # the rate is heard, too


@pytest.mark.usefixtures("real_engine")
def test_what_no_voice_reads_is_left_out_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multilingual, "list_voices", lambda _children: [])
    warnings: list[str] = []
    out = tmp_path / "out.wav"
    with closing(FileSpeaker(out, warn=warnings.append)) as speaker:
        speaker.say("Welcome back, Иван")
        assert speaker.finish(PATIENCE)
    assert warnings == ["no voice here reads Cyrillic: spell the name by say_as"]
    assert measured(out)[1] > 0.02
    with pytest.raises(SpeechError, match="no voice here reads Greek"):
        speak_to_file("Γιώργος", out)


def test_what_is_no_sound_cannot_be_joined(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(SpeechError, match="cannot be joined"):
        join([tmp_path / "a.wav"], tmp_path / "b.wav")
