"""The menu, from how things are. Pure."""

from daemon.clients.agent.messages import (
    Open,
    Pause,
    Program,
    Quit,
    RemoveAppearance,
    Resume,
    SetGreeting,
    SetLeaving,
    SetUnlocking,
    TestGreeting,
)
from daemon.clients.agent.settings import Settings
from daemon.clients.agent.situation import Appearance, Situation
from daemon.clients.agent.view import SEPARATOR, Item
from daemon.clients.i18n import _, several

_QUARTER, _HOUR = 15 * 60, 60 * 60
_LONGEST_LABEL = 40
_FIRST_APPEARANCE = "default"


def build(line: str, now: Situation, settings: Settings) -> tuple[Item, ...]:
    """Every line, from top to bottom. `line`: how things are."""
    greeting = settings.greeting.enabled
    return (
        Item(line, enabled=False),
        SEPARATOR,
        *_pausing(now),
        SEPARATOR,
        Item(_("Enrol my face…"), _enrolment(now), enabled=now.running),
        Item(
            _("Add an appearance…"),
            Open(Program.ENROL),
            enabled=now.running and bool(now.appearances),
        ),
        Item(
            _("Test recognition…"),
            Open(Program.TEST),
            enabled=now.running and bool(now.appearances),
        ),
        _appearances(now),
        SEPARATOR,
        Item(_("Greeting"), SetGreeting(not greeting), checked=greeting),
        Item(_("Test the greeting"), TestGreeting()),
        _unlocking(now),
        _leaving(now, settings),
        SEPARATOR,
        Item(_("Recent activity…"), Open(Program.ACTIVITY), enabled=now.running),
        Item(_("Settings…"), Open(Program.SETTINGS)),
        Item(_("Help"), Open(Program.HELP)),
        Item(_("Quit"), Quit()),
    )


def next_appearance(now: Situation) -> str:
    """A name that no appearance has yet."""
    taken = {appearance.name for appearance in now.appearances}
    if not taken:
        return _FIRST_APPEARANCE
    # One more than there are names: one of them is free.
    numbers = range(2, len(taken) + 3)
    return next(name for number in numbers if (name := f"appearance {number}") not in taken)


def _enrolment(now: Situation) -> Open:
    """The first appearance, enrolled anew where there is one."""
    first = now.appearances[0].name if now.appearances else _FIRST_APPEARANCE
    return Open(Program.ENROL, first, replace=bool(now.appearances))


def _pausing(now: Situation) -> tuple[Item, ...]:
    choices = (
        Item(_("Pause for 15 minutes"), Pause(_QUARTER), enabled=now.running),
        Item(_("Pause for 1 hour"), Pause(_HOUR), enabled=now.running),
        Item(_("Pause until I resume"), Pause(0), enabled=now.running),
    )
    return (Item(_("Resume"), Resume()), *choices) if now.running and now.paused else choices


def _appearances(now: Situation) -> Item:
    children = tuple(_appearance(appearance) for appearance in now.appearances)
    return Item(_("Appearances"), children=children, enabled=bool(children) and now.running)


def _appearance(appearance: Appearance) -> Item:
    pictures = several("{count} picture", "{count} pictures", appearance.pictures)
    facts = f"{appearance.created[:10]}, {pictures.format(count=appearance.pictures)}"
    name = _short(appearance.name)
    remark = Item(_("made by another model: enrol again"), enabled=False)
    # Confirmed by a second level: no dialogue can get lost behind a window.
    surely = Item(_("Yes, remove “{name}”").format(name=name), RemoveAppearance(appearance.name))
    remarks = () if appearance.usable else (remark,)
    remove = Item(_("Remove"), children=(surely,))
    return Item(name, children=(Item(facts, enabled=False), *remarks, remove))


def _unlocking(now: Situation) -> Item:
    on = bool(now.unlocking)
    known = now.running and now.unlocking is not None
    return Item(_("Unlock when it sees me"), SetUnlocking(not on), checked=on, enabled=known)


def _leaving(now: Situation, settings: Settings) -> Item:
    on = settings.leave.enabled or now.leave_seconds > 0.0
    # What the computer's administrator wants is not the person's to switch.
    return Item(
        _("Lock when I leave"),
        SetLeaving(not settings.leave.enabled),
        checked=on,
        enabled=now.running and not now.leave_seconds,
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
