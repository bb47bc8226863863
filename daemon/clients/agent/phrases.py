"""What is said aloud, in the language that is spoken. Pure but for the catalogues."""

import gettext
import math
from dataclasses import dataclass

from daemon.clients import i18n
from daemon.speech import DEFAULT_GREETING, Daytimes, Greeting
from models.errors import UsageError

AUTO = "auto"
_ENGLISH = ("en", "C", "POSIX")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Phrases:
    """The texts of one language; `language` is its name, such as "de" or "de_AT"."""

    language: str
    translations: gettext.NullTranslations

    @property
    def greeting(self) -> Greeting:
        """What is said where nothing else was chosen."""
        _ = self.translations.gettext
        try:
            return Greeting(_("Welcome back, {name}"))
        except UsageError:  # a catalogue that asks for more than there is
            return Greeting(DEFAULT_GREETING)

    @property
    def daytimes(self) -> Daytimes:
        """What `{daytime}` may be."""
        _ = self.translations.gettext
        return Daytimes(_("Good morning"), _("Good afternoon"), _("Good evening"))

    def away(self, seconds: float) -> str:
        """A time in words, as after "you were away for"; "" where it is none."""
        _, several = self.translations.gettext, self.translations.ngettext
        if not math.isfinite(seconds) or seconds < 0:
            return ""
        if seconds < _MINUTE:
            return _("a moment")
        if (count := round(seconds / _MINUTE)) < 90:
            return several("{count} minute", "{count} minutes", count).format(count=count)
        if (count := round(seconds / _HOUR)) < 36:
            return several("{count} hour", "{count} hours", count).format(count=count)
        count = round(seconds / _DAY)
        return several("{count} day", "{count} days", count).format(count=count)


def phrases(language: str = AUTO) -> Phrases:
    """The texts in a language such as "de"; AUTO: in the first of the session's that there is.

    English where there are none.
    """
    for name in i18n.languages() if language == AUTO else _with_parent(language):
        if name.partition("_")[0] in _ENGLISH:
            return Phrases(name, gettext.NullTranslations())
        if (found := i18n.load(name)) is not None:
            return Phrases(name, found)
    return Phrases("en", gettext.NullTranslations())


def spoken_locale(spoken: Phrases) -> str:
    """The locale whose voice fits: the session's own where it is of the language that is spoken."""
    language = spoken.language.partition("_")[0]
    own = (name for name in i18n.languages() if name.partition("_")[0] == language)
    return spoken.language if "_" in spoken.language else next(own, spoken.language)


def _with_parent(language: str) -> tuple[str, ...]:
    name = language.partition(".")[0].partition("@")[0].replace("-", "_")
    return (name, name.partition("_")[0])
