"""The units: enabled, started, stopped; and a socket for each user who needs one."""

import pwd
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from daemon import config
from daemon.errors import UnlockError
from daemon.install.places import AGENT_UNIT, HELPERS, UNIT, Places
from daemon.install.steps import Do, Run, Step, succeeds
from daemon.unlocker.user_unit import instance_of

_WANTS = "etc/systemd/system/sockets.target.wants"
_USER_SOCKET = "facelatch-unlock@{}.socket"
_FIRST_PERSON, _LAST_PERSON = 1000, 60_000
"""Ids of people's accounts (login.defs(5): UID_MIN, UID_MAX)."""

SOCKETS = tuple(f"{name}.socket" for name in HELPERS)


def enable(places: Places) -> Iterator[Step]:
    """What starts with the machine, and with each session."""
    for unit in (*SOCKETS, UNIT):
        yield Run(
            f"enable {unit}",
            ("systemctl", "enable", "--quiet", unit),
            partial(_is_disabled, unit),
        )
    yield Run(
        f"enable {AGENT_UNIT} in the sessions to come",
        ("systemctl", "--global", "enable", "--quiet", AGENT_UNIT),
        lambda: not succeeds(("systemctl", "--global", "is-enabled", "--quiet", AGENT_UNIT)),
    )
    wanted, there = user_sockets(places), _enabled_sockets(places)
    for unit in sorted(there - wanted):
        yield Run(f"disable {unit}", ("systemctl", "disable", "--quiet", unit))
    for unit in sorted(wanted - there):
        yield Run(f"enable {unit}", ("systemctl", "enable", "--quiet", unit))


def start(
    places: Places,
    changed: Callable[[], bool],
    *,
    start_service: bool,
    quiet: Callable[[], object] = lambda: None,
) -> Iterator[Step]:
    """Starts everything; what runs already begins anew where `changed` says that it must, once
    `quiet` has returned.
    """
    for unit in (*SOCKETS, *sorted(user_sockets(places))):
        yield Run(f"start {unit}", ("systemctl", "start", unit), partial(_inactive, unit))
    yield Do("wait until nobody is before the camera", quiet, partial(_is_outdated, UNIT, changed))
    for unit in (*(f"{name}.service" for name in HELPERS), UNIT):
        yield Run(
            f"restart {unit}",
            ("systemctl", "restart", unit),
            partial(_is_outdated, unit, changed),
        )
    if start_service:
        yield Run(f"start {UNIT}", ("systemctl", "start", UNIT), partial(_inactive, UNIT))


def reset_failed() -> Iterator[Step]:
    """A unit that failed too often is started again by nobody."""
    for unit in (*SOCKETS, *(f"{name}.service" for name in HELPERS), UNIT):
        yield Run(
            f"reset {unit}, which failed",
            ("systemctl", "reset-failed", unit),
            partial(succeeds, ("systemctl", "is-failed", "--quiet", unit)),
        )


def stop(places: Places) -> Iterator[Step]:
    """Stops everything: the sockets first, so that nothing starts again."""
    helpers = (f"{name}.service" for name in HELPERS)
    for unit in (*SOCKETS, *sorted(_enabled_sockets(places)), UNIT, *helpers):
        yield Run(f"stop {unit}", ("systemctl", "stop", unit), partial(active, unit))


def disable(places: Places) -> Iterator[Step]:
    """Takes away what starts them."""
    for unit in sorted(_enabled_sockets(places)):
        yield Run(f"disable {unit}", ("systemctl", "disable", "--quiet", unit))
    for unit in (*SOCKETS, UNIT):
        yield Run(
            f"disable {unit}",
            ("systemctl", "disable", "--quiet", unit),
            places.files[unit].is_file,
        )
    command = ("systemctl", "--global", "disable", "--quiet", AGENT_UNIT)
    yield Run(f"disable {AGENT_UNIT}", command, places.files[AGENT_UNIT].is_file)


def active(unit: str) -> bool:
    """Whether systemd runs it."""
    return succeeds(("systemctl", "is-active", "--quiet", unit))


def _inactive(unit: str) -> bool:
    return not active(unit)


def _is_disabled(unit: str) -> bool:
    return not succeeds(("systemctl", "is-enabled", "--quiet", unit))


def _is_outdated(unit: str, changed: Callable[[], bool]) -> bool:
    return changed() and active(unit)


def user_sockets(places: Places) -> set[str]:
    """The sockets that root's configuration calls for: of the people for whom something is to be
    done with their own rights. Raises ConfigError.
    """
    unlock = config.load(places.configuration / "config.toml").config.unlock
    people = {
        entry.pw_name for entry in pwd.getpwall() if _FIRST_PERSON <= entry.pw_uid <= _LAST_PERSON
    }
    found: set[str] = set()
    for name in people:
        if all(method.kind == "logind" for method in unlock.methods_of(name)):
            continue
        try:
            found.add(_USER_SOCKET.format(instance_of(name)))
        except UnlockError:
            continue  # said whenever it is tried
    return found


def _enabled_sockets(places: Places) -> set[str]:
    folder: Path = places.root / _WANTS
    return {link.name for link in folder.glob(_USER_SOCKET.format("*"))}
