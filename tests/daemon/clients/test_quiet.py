"""Nothing is restarted under the eyes of a person: what an upgrade waits for."""

import pytest

from daemon.api import State
from daemon.clients import quiet
from daemon.clients.dbus_client import NoDaemonError


class Service:
    """Its states one after the other, a quarter of a second each; the last one stays."""

    def __init__(self, *states: State) -> None:
        self.states = list(states)
        self.now = 0.0

    def state(self) -> str:
        return self.states[0]

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        if len(self.states) > 1:
            self.states.pop(0)


def waited(service: Service, seconds: float = 60.0) -> tuple[bool, float, list[str]]:
    said: list[str] = []
    found = quiet.wait(
        service.state, seconds=seconds, clock=service.clock, pause=service.pause, say=said.append
    )
    return found, service.now, said


@pytest.mark.parametrize("state", [one for one in State if one not in ("looking", "enrolling")])
def test_where_nobody_is_recognised_nothing_is_waited_for(state: State) -> None:
    assert waited(Service(state)) == (True, 0.0, [])


@pytest.mark.parametrize("state", [State.LOOKING, State.ENROLLING])
def test_a_person_before_the_camera_is_waited_for_and_that_is_said_once(state: State) -> None:
    found, seconds, said = waited(Service(state, state, state, State.WATCHING))
    assert (found, seconds) == (True, 0.75)
    assert said == ["somebody is before the camera; waiting, 60 s at most"]


def test_not_for_ever() -> None:
    found, seconds, _ = waited(Service(State.LOOKING), seconds=2.0)
    assert (found, seconds) == (False, 2.0)


def test_a_service_that_is_gone_is_quiet() -> None:
    def gone() -> str:
        raise NoDaemonError

    assert quiet.wait(gone)


def test_where_there_is_no_bus_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_BUS", "unix:path=/nonexistent/bus")
    assert quiet.wait_for_service()
