"""`facelatch setup --window`: the guided first run in a window, one step after the other. The steps
are those of a terminal (`daemon.clients.cli.guide`), each done, skipped or repeated as one likes.
"""

import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.clients import gtk
from daemon.clients.cli.guide import STEPS, Facts, GuideStep, facts_of_service, program
from daemon.clients.i18n import _
from daemon.clients.windows.base import Window
from daemon.clients.windows.theme import Choice

_SIZE = (620, 460)
_MOST_CHARACTERS = 600
_IN_WINDOWS = ("enrol", "test")
"""Steps whose commands have a window of their own."""
_IN_TERMINALS = ("sudo",)
"""Steps that ask what only a terminal can."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step: its command's exit code, and what it said."""

    code: int
    said: str


def run(
    *,
    theme: Choice = "auto",
    facts: Callable[[], Facts] = facts_of_service,
    do: Callable[[GuideStep], Done] | None = None,
) -> int:
    """Shows the window until it is closed; exit 0 where nothing that was tried failed in the end.

    Raises GtkError, DisplayError.
    """
    window = FirstRunWindow(gtk.load(), theme=theme, facts=facts, do=do or take)
    window.begin()
    window.run()
    return 1 if window.failed else 0


def command(step: GuideStep) -> Sequence[str]:
    """What is run for a step; () where it asks what only a terminal can."""
    words = [program(), *step.command]
    if step.name in _IN_TERMINALS or (step.root and shutil.which("pkexec") is None):
        return ()
    if step.name in _IN_WINDOWS:
        words.append("--window")
    return ["pkexec", *words] if step.root else words


def take(step: GuideStep) -> Done:
    """Does a step, and waits for it."""
    words = command(step)
    if not words:
        typed = " ".join(["sudo", "facelatch", *step.command])
        return Done(1, _("In a terminal: {command}").format(command=typed))
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Done(done.returncode, done.stdout.strip()[-_MOST_CHARACTERS:])


def words() -> dict[str, tuple[str, str]]:
    """Of each step its name and what it is for."""
    return {
        "service": (
            _("The service"),
            _("It looks and decides. Installing it asks for an administrator's password."),
        ),
        "camera": (_("Your cameras"), _("Only cameras that somebody trusts are looked through.")),
        "light": (
            _("The light"),
            _("Sit as you usually do: the camera is looked through for a moment."),
        ),
        "model": (
            _("What tells faces apart"),
            _("It turns a face into numbers. The best that can be had is brought."),
        ),
        "better model": (
            _("A better one, if you want it"),
            _(
                "Do you want mbf? Of 100 looks it misses its owner in 5, sface-mobilefacenet in 6."
                " Its publisher does not say whose pictures it was trained on: so it is brought"
                " only if you say so. Whoever is enrolled by then is removed and enrolled anew"
                " first."
            ),
        ),
        "enrol": (
            _("Your face"),
            _("Look at the camera and turn slowly. Only numbers are kept, never a picture."),
        ),
        "lock screen": (
            _("Your lock screen"),
            _("Your locked session is unlocked when you are seen. The password always works."),
        ),
        **_words_of_habits(),
    }


def _words_of_habits() -> dict[str, tuple[str, str]]:
    return {
        "leaving": (
            _("When you leave"),
            _(
                "Your session can be locked when you have left it: while nothing is touched the"
                " camera looks for a moment now and then, and its lamp is on then."
            ),
        ),
        "sudo": (
            _("Passwords"),
            _(
                "sudo and polkit may ask for your face, where Enter alone is typed. That is off"
                " until you want it."
            ),
        ),
        "greeting": (
            _("The greeting"),
            _("What is said when you come back. The settings are in the tray's menu."),
        ),
        "test": (_("A test"), _("Look at the camera as you would then.")),
    }


class FirstRunWindow(Window):
    """One step at a time. `failed` are the steps that were tried and did not work the last time."""

    def __init__(
        self,
        toolkit: gtk.Toolkit,
        *,
        theme: Choice,
        facts: Callable[[], Facts],
        do: Callable[[GuideStep], Done],
    ) -> None:
        super().__init__(toolkit, _("Facelatch: first run"), theme=theme, size=_SIZE)
        self.failed: set[str] = set()
        self._facts, self._do = facts, do
        self._number = 0

    def begin(self) -> None:
        """Shows the step whose turn it is, once it is known whether it is done."""
        self._page(_("one moment"), "")
        self._apart(self._facts, lambda facts: self._show(self._step.done(facts), ""))

    @property
    def _step(self) -> GuideStep:
        return STEPS[self._number]

    def _show(self, so_already: str, said: str) -> None:
        passes = bool(so_already or said or self._step.by_name)
        before = [(_("_Back"), lambda: self._turn(-1))] if self._number else []
        last = self._number == len(STEPS) - 1
        on = (_("_Done"), self.close) if last else (_("_Next"), lambda: self._turn(1))
        take = (_("Do it a_gain") if so_already or said else _("Do _it"), self._take)
        pair = (take, on) if passes else (on, take)
        self._page(so_already, said, *before, *pair)

    def _take(self) -> None:
        self._page(_("one moment"), "")
        self._apart(lambda: (self._do(self._step), self._facts()), self._taken)

    def _taken(self, found: tuple[Done, Facts]) -> None:
        done, facts = found
        name = self._step.name
        self.failed = self.failed | {name} if done.code else self.failed - {name}
        headline = _("It did not work ({code})").format(code=done.code) if done.code else _("Done")
        self._show(self._step.done(facts) or headline, done.said or headline)

    def _turn(self, by: int) -> None:
        self._number += by
        self.begin()

    def _page(self, state: str, said: str, *made: tuple[str, Callable[[], None]]) -> None:
        title, why = words()[self._step.name]
        place = _("{number} of {count}").format(number=self._number + 1, count=len(STEPS))
        parts = [
            self.label(place, "small"),
            self.label(title, "headline"),
            self.label(why, "line"),
            self.label(state, "advice") if state else None,
            self.label(said, "small") if said not in ("", state) else None,
            self.buttons(*made) if made else None,
        ]
        self.show(self.column(*(part for part in parts if part is not None)))
        if made:
            self.window.set_title(f"{_('Facelatch: first run')}: {place}")

    def _apart(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Does what takes time in a thread of its own, and goes on in the window's."""

        def both() -> None:
            found = work()
            self.post(lambda: then(found))

        threading.Thread(target=both, daemon=True).start()
