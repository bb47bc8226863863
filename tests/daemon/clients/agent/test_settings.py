"""The agent's settings: read strictly, changed without touching what a person wrote around them."""

import dataclasses

import pytest

from daemon.clients.agent import settings
from daemon.clients.agent.settings import Greeting, Quiet, Settings
from daemon.config import ConfigError, Text

WRITTEN = """\
# my own file
[quiet]
enabled = true
start = "21:00"   # early

[ greeting ]
# not too loud
volume = 0.5
enabled = true
"""


def parse(content: str) -> Settings:
    return settings.parse(Text("agent.toml", content.encode()))


def quiet(loud: Settings) -> Settings:
    return loud.with_greeting(on=False)


def test_an_empty_file_is_the_defaults() -> None:
    assert parse("") == Settings()


def test_what_is_written_out_reads_the_same() -> None:
    changed = Settings(Greeting(template="Hello {name}", volume=0.25), Quiet(enabled=True))
    assert parse(settings.to_toml(changed)) == changed


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[greating]", "greating: is no section; did you mean greeting"),
        ("[greeting]\nvolumme = 1.0", "did you mean volume"),
        ("[greeting]\nvolume = 2", "greeting.volume: must be a number from 0.05 to 1, is 2"),
        ("[quiet]\nstart = '25:00'", "quiet.start: must be a time"),
        ("[greeting]\ntemplate = 'Hello {password}'", "no fields but"),
        ("volume = 1.0", "stands outside its section; put it below"),
        ("[greeting", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(content)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith("agent.toml")


def test_a_change_leaves_everything_else_as_it_was() -> None:
    changed = settings.rewritten(WRITTEN, quiet(parse(WRITTEN)))
    assert changed == WRITTEN.replace(
        "volume = 0.5\nenabled = true", "volume = 0.5\nenabled = false"
    )


def test_a_setting_that_was_not_there_goes_into_its_section() -> None:
    changed = settings.rewritten("[greeting]\nrate = 200\n", quiet(parse("[greeting]\nrate = 200")))
    assert changed == "[greeting]\nrate = 200\nenabled = false\n"


def test_a_comment_and_the_ends_of_lines_stay() -> None:
    written = "[ greeting ]\r\nenabled = true # for guests\r\n\r\n# later\r\n[quiet]\r\n"
    changed = settings.rewritten(written, quiet(parse(written)))
    assert changed == written.replace("true #", "false #")


def test_a_section_that_was_not_there_comes_last() -> None:
    changed = settings.rewritten(
        "[quiet]\nenabled = true\n", quiet(parse("[quiet]\nenabled = true"))
    )
    assert parse(changed) == dataclasses.replace(
        Settings(Greeting(enabled=False)), quiet=Quiet(enabled=True)
    )
    assert changed.startswith("[quiet]\nenabled = true\n")


@pytest.mark.parametrize("content", ["greeting.enabled = true", "greeting = {enabled = true}"])
def test_other_ways_to_write_a_section_are_changed_too(content: str) -> None:
    wanted = Settings(Greeting(enabled=False, rate=100))
    assert parse(settings.rewritten(content, wanted)) == wanted
