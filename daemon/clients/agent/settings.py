"""The agent's settings: each with bounds, default and meaning, checked as the daemon's. Pure."""

import contextlib
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from daemon.config import ConfigError, Problem, Text
from daemon.config.fields import Section, docs, rules, setting
from daemon.config.reading import Draft
from daemon.config.validators import Flag, Number, Whole
from daemon.config.validators import Text as TextRule
from daemon.speech.greeting import Greeting as Template
from models.errors import UsageError

AUTO = "auto"
_TIME = TextRule('a time such as "22:30"', 5, re.compile(r"([01]\d|2[0-3]):[0-5]\d"))
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"({'|'.join(_WEEKDAYS)})"
_DAYS = TextRule('days such as "mon,tue,sun"', 27, re.compile(f"{_DAY}(,{_DAY})*"))
_LANGUAGE = TextRule('auto, or a language such as "de"', 16, re.compile(r"[A-Za-z0-9_.@-]+"))


@dataclass(frozen=True, slots=True)
class Greeting(Section):
    """The spoken welcome."""

    enabled: bool = setting(True, Flag(), "say welcome when the screen was unlocked by the face")
    template: str = setting(
        AUTO, TextRule("a greeting", 200), "what is said; auto: a welcome in the language below"
    )
    say_as: str = setting(
        AUTO,
        TextRule("a spelling of your name", 64),
        "your name as a voice reads it right; auto: as it is written",
    )
    language: str = setting(AUTO, _LANGUAGE, "auto: that of the session")
    voice: str = setting(
        AUTO, TextRule("the name of a voice", 64), "auto: one that speaks the language"
    )
    rate: int = setting(165, Whole(80, 400), "words a minute")
    volume: float = setting(1.0, Number(0.05, 1.0), "as a share of the loudest")

    def _check_together(self) -> None:
        if self.template != AUTO:
            Template(self.template)


@dataclass(frozen=True, slots=True)
class Quiet(Section):
    """Hours in which nothing is said."""

    enabled: bool = setting(False, Flag(), "keep quiet between start and end")
    start: str = setting("22:00", _TIME, "by the clock of the session")
    end: str = setting("07:00", _TIME, "on the next day where it is before the start")
    days: str = setting(",".join(_WEEKDAYS), _DAYS, "on which it starts")

    @property
    def weekdays(self) -> frozenset[int]:
        """The days, 0 for Monday, as datetime counts them."""
        return frozenset(_WEEKDAYS.index(day) for day in self.days.split(","))


@dataclass(frozen=True, slots=True)
class Notifications(Section):
    """What is told by the desktop's notifications."""

    enabled: bool = setting(True, Flag(), "show any at all")
    refused: bool = setting(True, Flag(), "that somebody else was refused while I was away")
    camera: bool = setting(True, Flag(), "that the camera cannot be used")
    appearances: bool = setting(
        True, Flag(), "that an appearance was enrolled, or that a new one would help"
    )


@dataclass(frozen=True, slots=True)
class Leave(Section):
    """Locking when I leave, and what happens when I come back."""

    enabled: bool = setting(False, Flag(), "lock my session when I have left it")
    seconds: int = setting(60, Whole(10, 3600), "after which, without a key or my face")
    wake: bool = setting(
        False, Flag(), "wake the dark screen of my locked session when the camera sees me come back"
    )

    def wanted(self, configured: float) -> float:
        """After how long a session is locked, 0 for never; `configured`: what the service has."""
        return float(self.seconds) if self.enabled else configured


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them; made without arguments, the defaults."""

    greeting: Greeting = field(default_factory=Greeting)
    quiet: Quiet = field(default_factory=Quiet)
    notifications: Notifications = field(default_factory=Notifications)
    leave: Leave = field(default_factory=Leave)

    def with_leaving(self, *, on: bool) -> "Settings":
        """The same but for whether the session is locked when its owner leaves."""
        return dataclasses.replace(self, leave=dataclasses.replace(self.leave, enabled=on))

    def with_greeting(self, *, on: bool) -> "Settings":
        """The same but for whether welcome is said."""
        return dataclasses.replace(self, greeting=dataclasses.replace(self.greeting, enabled=on))


SECTIONS: Mapping[str, type[Any]] = MappingProxyType(
    {"greeting": Greeting, "quiet": Quiet, "notifications": Notifications, "leave": Leave}
)


def parse(text: Text) -> Settings:
    """The settings of a file's content. Raises ConfigError, which names every problem."""
    draft = Draft(SECTIONS)
    draft.add(text)
    draft.check()
    sections: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, section in SECTIONS.items():
        try:
            sections[name] = section(**draft.values[name])
        except UsageError as error:
            problems.append(Problem(f"{text.origin}: [{name}]", str(error)))
    if problems:
        raise ConfigError(tuple(problems))
    return Settings(**sections)


def rewritten(content: str, settings: Settings) -> str:
    """`content` with the values of `settings`: what a person wrote around them stays.

    Raises ConfigError where it is no settings file.
    """
    text = _changed(content, parse(Text("", content.encode())), settings)
    with contextlib.suppress(ConfigError):
        if parse(Text("", text.encode())) == settings:
            return text
    return to_toml(settings)


def to_toml(settings: Settings) -> str:
    """Every setting with its meaning."""
    return "\n".join(_section(name, getattr(settings, name)) for name in SECTIONS)


def _section(name: str, section: Any) -> str:
    meanings = docs(type(section))
    lines = [
        f"{key} = {rule.write(getattr(section, key))}  # {meanings[key]}"
        for key, rule in rules(type(section)).items()
    ]
    return "\n".join((f"[{name}]", *lines, ""))


def _changed(content: str, old: Settings, new: Settings) -> str:
    import tomlkit  # a tenth of a second, and only who changes a setting needs it

    document: Any = tomlkit.parse(content)
    for name in SECTIONS:
        before, after = getattr(old, name), getattr(new, name)
        for key, rule in rules(type(after)).items():
            if getattr(before, key) != getattr(after, key):
                if name not in document:
                    document[name] = tomlkit.table()
                document[name][key] = tomlkit.value(rule.write(getattr(after, key)))
    return tomlkit.dumps(document)
