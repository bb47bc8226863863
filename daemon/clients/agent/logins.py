"""Tells once where an update took the face out of PAM's files, so that it is silently dead. Pure.

Looked for when the service comes, which upgrades restart, and a few times a day.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from daemon.clients.agent.messages import (
    DaemonUp,
    Effect,
    Elapsed,
    Fact,
    Later,
    Notify,
    Withdraw,
)
from daemon.clients.i18n import _

KEY = "logins"
COMMAND = "sudo facelatch pam restore"
_TIMER = "logins"
_SECONDS = 6 * 3600.0


class Logins:
    """`taken_away` names the services of PAM that a face was asked for in, and is no more."""

    def __init__(self, taken_away: Callable[[], Collection[str]]) -> None:
        self._taken_away = taken_away
        self._told: frozenset[str] = frozenset()

    def react(self, fact: Fact, _at: datetime) -> Iterator[Effect]:
        """One notification for all of them, and another only where there are more."""
        match fact:
            case DaemonUp():
                pass
            case Elapsed(timer) if timer == _TIMER:
                pass
            case _other:
                return
        yield Later(_TIMER, _SECONDS)
        found = frozenset(self._taken_away())
        told, self._told = self._told, found
        if found - told:
            yield _notice(sorted(found))
        elif told and not found:
            yield Withdraw(KEY)


def _notice(services: list[str]) -> Notify:
    title = _("No face is asked for any more: {services}").format(services=", ".join(services))
    body = _("An update changed these files. The password works. To put it back: {command}")
    return Notify(KEY, title, body.format(command=COMMAND))
