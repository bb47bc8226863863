"""What a person reads, in their language: gettext over the catalogues in `locale/`.

    from daemon.clients.i18n import _, several
    title = _("Ready")
    line = several("{count} appearance", "{count} appearances", count).format(count=count)

Call them where the text is shown, not where a module is imported: the language is known then.
"""

import functools
import gettext
import io
import os
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def _(text: str) -> str:
    """`text` in the person's language."""
    return _translations().gettext(text)


def several(one: str, many: str, count: int) -> str:
    """`one` or `many`, whichever the person's language uses for `count` things."""
    return _translations().ngettext(one, many, count)


def languages() -> list[str]:
    """What the person reads, best first: "de_AT" gives "de_AT" and "de"."""
    wanted = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    found: dict[str, None] = {}
    for locale in wanted.split(":"):
        name = locale.partition(".")[0].partition("@")[0]
        found |= dict.fromkeys((name, name.partition("_")[0]))
    return [name for name in found if name]


def use(translations: gettext.NullTranslations | None) -> None:
    """Takes these from now on, or with None what the environment says; for tests."""
    _translations.cache_clear()
    if translations is not None:
        _chosen.append(translations)
    else:
        _chosen.clear()


def load(language: str) -> gettext.NullTranslations | None:
    """The translations into a language such as "de"; None where there are none that can be read."""
    # A name from the environment is no path.
    if not language.replace("_", "").isalnum():
        return None
    try:
        return compiled(LOCALE / f"{language}.po")
    except (OSError, ValueError):  # of polib too, where the file is no catalogue
        return None


def compiled(path: Path) -> gettext.NullTranslations:
    """The translations of a `.po`: compiled when it is read, so that nothing has to be built.

    Raises OSError, ValueError.
    """
    import polib  # whoever reads English needs none of it

    catalogue = polib.pofile(str(path), encoding="utf-8")
    return gettext.GNUTranslations(io.BytesIO(catalogue.to_binary()))


_chosen: list[gettext.NullTranslations] = []


@functools.cache
def _translations() -> gettext.NullTranslations:
    if _chosen:
        return _chosen[-1]
    for language in languages():
        if language in ("en", "C", "POSIX"):
            break
        if (found := load(language)) is not None:
            return found
    return gettext.NullTranslations()
