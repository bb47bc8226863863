"""Voices: listed by the engine, chosen by the locale."""

import pytest

from daemon.errors import SpeechError
from daemon.speech import Voice, VoiceInfo, list_voices, speak_to_file, voice_for
from daemon.speech.voices import parse

SOME = [
    VoiceInfo("gmw/en", "English (Great Britain)", "en-gb"),
    VoiceInfo("gmw/en-us", "English (America)", "en-us"),
    VoiceInfo("gmw/de", "German", "de"),
    VoiceInfo("roa/fr-be", "French (Belgium)", "fr-be"),
    VoiceInfo("roa/fr", "French (France)", "fr-fr"),
    VoiceInfo("roa/pt-br", "Portuguese (Brazil)", "pt-br"),
    VoiceInfo("sit/cmn", "Chinese", "cmn"),
    VoiceInfo("gmq/nb", "Norwegian", "nb"),
]


@pytest.mark.parametrize(
    ("locale", "voice"),
    [
        ("de_DE.UTF-8", "gmw/de"),
        ("de_AT@euro", "gmw/de"),
        ("de", "gmw/de"),
        ("en_US.UTF-8", "gmw/en-us"),
        ("en_GB", "gmw/en"),
        ("en_ZA", "gmw/en"),
        ("fr_FR", "roa/fr"),
        ("fr_BE", "roa/fr-be"),
        ("fr_CA", "roa/fr"),
        ("pt_PT", "roa/pt-br"),
        ("zh_CN", "sit/cmn"),
        ("no_NO", "gmq/nb"),
        ("xx_XX", ""),
        ("C.UTF-8", ""),
        ("POSIX", ""),
        ("", ""),
        ("../../etc/passwd", ""),
    ],
)
def test_the_voice_of_a_locale(locale: str, voice: str) -> None:
    assert voice_for(locale, SOME) == voice


@pytest.mark.parametrize("output", [b"", b"{", b"{}", b"[1]", b'[{"id": "x"}]', b"\xff"])
def test_what_is_no_list_of_voices_is_an_error(output: bytes) -> None:
    with pytest.raises(SpeechError, match="in an unknown way"):
        parse(output)


@pytest.mark.usefixtures("real_engine")
def test_the_engine_lists_its_voices_and_speaks_with_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    voices = list_voices()
    folder = tmp_path_factory.mktemp("voices")
    spoken = {}
    for locale in ("de_DE", "en_US"):
        voice = voice_for(locale, voices)
        assert voice
        speak_to_file("Nine nice signs", folder / locale, voice=Voice(voice))
        spoken[locale] = (folder / locale).read_bytes()
    assert spoken["de_DE"] != spoken["en_US"]
