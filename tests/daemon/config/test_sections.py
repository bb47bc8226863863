"""What each setting may be, in code as in a file."""

import math
import tomllib
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import config
from daemon.config import Config, UnlockMethod
from daemon.config.fields import docs, rules
from daemon.config.sections import SECTIONS
from daemon.config.validators import Number, Rule, Whole
from models.errors import UsageError

SETTINGS = [(name, key) for name, section in SECTIONS.items() for key in rules(section)]


def _rule(name: str, key: str) -> Rule:
    return rules(SECTIONS[name])[key]


def test_the_default_configuration_is_sound() -> None:
    assert Config().recognition.security == "standard"
    assert set(SECTIONS) == {one.name for one in fields(Config)}


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_every_setting_is_documented_and_has_a_sound_default(name: str, key: str) -> None:
    section = getattr(Config(), name)
    assert docs(type(section))[key]
    assert _rule(name, key).read(getattr(section, key)) == getattr(section, key)
    assert _rule(name, key).expects


@pytest.mark.parametrize(
    ("name", "key"),
    [pair for pair in SETTINGS if isinstance(_rule(*pair), Number | Whole)],
)
def test_every_number_is_bounded(name: str, key: str) -> None:
    rule = _rule(name, key)
    assert isinstance(rule, Number | Whole)
    for value in (rule.least, rule.most):
        assert rule.read(value) == value
    wrong: list[object] = [rule.least - 0.001, rule.most + 1, 10**400, -1, math.nan, True, "1"]
    for bad in wrong:
        with pytest.raises(UsageError, match=key):
            SECTIONS[name](**{key: bad})


@pytest.mark.parametrize(
    ("section", "settings", "message"),
    [
        (config.Camera, {"source": ""}, "source of frames"),
        (config.Camera, {"source": "a\nb"}, "source of frames"),
        (config.Camera, {"source": "x" * 5000}, "source of frames"),
        (config.Camera, {"infrared": "yes"}, "one of prefer, only, never, is 'yes'"),
        (config.Recognition, {"embedder": "mtcnn"}, "one of auto, facenet"),
        (config.Recognition, {"embedder": "siamese:../x"}, "or such as siamese:mine"),
        (config.Recognition, {"detector": "resnet"}, "one of haar, mtcnn"),
        (config.Recognition, {"security": "lax"}, "standard, strict, or a number"),
        (config.Recognition, {"security": 0.5}, "is 0.5"),
        (config.Recognition, {"security": True}, "is true"),
        (config.Unlock, {"enabled": 1}, "true or false, is 1"),
        (config.Unlock, {"users": "ada"}, "a list"),
        (config.Unlock, {"users": ["ada", "ada"]}, "twice"),
        (config.Unlock, {"users": ["../etc"]}, "login name"),
        (config.Unlock, {"users": [f"u{n}" for n in range(300)]}, "at most 256"),
        (config.Unlock, {"methods": ["logind"]}, "a table"),
        (config.Unlock, {"methods": {"ada": "logind"}}, "for 'ada', a list"),
        (config.Unlock, {"methods": {"a b": ["logind"]}}, "login name"),
        (config.Unlock, {"methods": {"ada": ["logind"] * 9}}, "at most 8"),
        (config.Unlock, {"methods": {"ada": ["shout"]}}, "an unlock method is"),
        (config.Unlock, {"methods": {"ada": [1]}}, "an unlock method is"),
        (config.Attempts, {"before_pause": 9, "before_password": 8}, "before_password must not"),
        (config.Attempts, {"longest_pause_seconds": 5.0}, "longest_pause_seconds must not"),
        (config.Schedule, {"idle_rate": 0.5, "blind_seconds": 1.0}, "blind_seconds must not"),
        (config.Requests, {"per_user": 8, "most": 4}, "most must not"),
    ],
)
def test_what_is_out_of_bounds_is_refused(
    section: type[Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        section(**settings)


def test_sections_are_checked_against_each_other() -> None:
    with pytest.raises(UsageError, match=r"schedule\.idle_rate must not be more than camera"):
        Config(camera=config.Camera(full_rate=1.0))


def test_a_rate_of_ones_own_is_a_security_level_too() -> None:
    assert config.Recognition(security=1e-5).security == 1e-5


def test_zero_means_never_where_it_says_so() -> None:
    assert config.Schedule(watch_seconds=0).watch_seconds == 0.0
    with pytest.raises(UsageError, match="or 0: without end, is 1"):
        config.Schedule(watch_seconds=1)


def test_who_may_be_recognised() -> None:
    assert config.Unlock().lets("anybody")
    assert config.Unlock(users=("ada",)).lets("ada")
    assert not config.Unlock(users=("ada",)).lets("bob")


def test_methods_of_a_user_stand_in_place_of_everybodys() -> None:
    logind, signal = UnlockMethod("logind"), UnlockMethod("signal", ("swaylock",))
    unlock = config.Unlock(methods={"*": (logind,), "ada": (signal,), "bob": ()})
    assert unlock.methods_of("ada") == (signal,)
    assert unlock.methods_of("bob") == ()
    assert unlock.methods_of("eve") == (logind,)
    assert config.Unlock(methods={}).methods_of("ada") == ()


def test_a_table_of_methods_is_written_as_toml() -> None:
    written = _rule("unlock", "methods").write(config.Unlock(methods={"a.b": ()}).methods)
    assert tomllib.loads(f"methods = {written}") == {"methods": {"a.b": []}}
    assert _rule("unlock", "methods").write({}) == "{}"


def test_nobody_changes_a_configuration_that_is_in_use() -> None:
    with pytest.raises(TypeError):
        Config().unlock.methods["ada"] = ()  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("logind", UnlockMethod("logind")),
        ("signal swaylock", UnlockMethod("signal", ("swaylock",))),
        ("  signal   hyprlock ", UnlockMethod("signal", ("hyprlock",))),
        ("command /usr/bin/x 'a b' \"\"", UnlockMethod("command", ("/usr/bin/x", "a b", ""))),
    ],
)
def test_a_method_is_read(text: str, method: UnlockMethod) -> None:
    assert UnlockMethod.parse(text) == method
    assert UnlockMethod.parse(str(method)) == method


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Logind",
        "logind now",
        "signal",
        "signal a b",
        "signal ../x",
        "signal averylongprogramname",
        "signal -9",
        "command",
        "command swaylock",
        "command 'unfinished",
        "command /x\x00",
        "command /x\n",
        "command /x " + "y " * 70,
        "command /" + "x" * 2000,
        None,
        7,
    ],
)
def test_what_is_no_method_is_refused(text: object) -> None:
    with pytest.raises(UsageError):
        UnlockMethod.parse(text)


def test_a_method_of_no_kind_is_refused() -> None:
    with pytest.raises(UsageError):
        UnlockMethod("shout")  # type: ignore[arg-type]


@given(st.lists(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))), max_size=5))
def test_a_command_goes_there_and_back(arguments: list[str]) -> None:
    try:
        method = UnlockMethod("command", ("/bin/x", *arguments))
        again = UnlockMethod.parse(str(method))
    except UsageError:
        return
    assert again == method
