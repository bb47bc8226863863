"""Lockers that ask PAM themselves, with a face switched on for them: Enter alone, and the password.

They ask as ada, for whom the session is no locked one: what unlocks it unasked does not act.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.machine.desktops.conftest import PLAIN
from tests.machine.desktops.prompts import KINDS, PLAIN_KINDS, Kind, Prompt
from tests.machine.machine import Machine, base, running, shown_for_setup
from tests.machine.pam_machine import PASSWORD, enable
from tests.machine.service import Service, installed

pytestmark = pytest.mark.slow


def _asking(service: Service, kinds: Sequence[Kind]) -> Service:
    """They may be asked for a face."""
    service.machine.call("sh", "-c", f"echo 'ada:{PASSWORD}' | chpasswd")
    done = enable(service, *(kind.service for kind in kinds))
    assert done.code == 0, done.text
    return service


@pytest.fixture(scope="module")
def desktops(everywhere: Service) -> Service:
    """Lockers of desktops."""
    return _asking(everywhere, KINDS)


@pytest.fixture(scope="module")
def plain(machines: Path) -> Iterator[Service]:
    """Lockers of no desktop."""
    # i3lock keeps what is typed in locked memory.
    rights = ("CAP_IPC_LOCK",)
    shown = shown_for_setup()
    machine = Machine(machines / "plain", origin=base(*PLAIN), shown=shown, rights=rights)
    with running(machine, "ada"):
        yield _asking(installed(machine, "ada"), PLAIN_KINDS)


@pytest.fixture(params=[*KINDS, *PLAIN_KINDS], ids=lambda kind: kind.service)
def prompt(request: pytest.FixtureRequest) -> Iterator[Prompt]:
    """A locker that is up."""
    kind = request.param
    service = request.getfixturevalue("desktops" if kind in KINDS else "plain")
    found = Prompt(service, kind)
    yield found
    service.log_out(found.session)


def test_enter_alone_opens_for_the_owner_and_the_password_for_whoever_types_it(
    prompt: Prompt,
) -> None:
    prompt.service.film("bob")
    locked, refused = prompt.locks(), prompt.verdicts("not-matched")
    prompt.enter(lambda: prompt.verdicts("not-matched") > refused)
    assert prompt.process == locked
    prompt.password(lambda: prompt.process != locked)

    prompt.service.film("ada")
    locked, matched = prompt.locks(), prompt.verdicts("matched")
    prompt.enter(lambda: prompt.process != locked)
    assert prompt.verdicts("matched") == matched + 1

    locked = prompt.locks()
    prompt.password(lambda: prompt.process != locked)
    # Nobody looks where somebody types.
    assert prompt.verdicts("matched") == matched + 1
