"""The spoken welcome, heard: the real agent, and a player that keeps what it is given."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from dbus_fast import Message, Variant

from daemon.api import INTERFACE_NAME, OBJECT_PATH, Event
from daemon.errors import SpeechError
from daemon.speech import check_engine, speak_to_file
from tests.bus.agent_process import AgentProcess, Play, StandIn, names, run_agent, unlocked
from tests.bus.forking import ForkServers
from tests.bus.peer import Peer
from tests.bus.world import Home, World, eventually
from tests.waiting import lasting, stays

QUIET = 1.5
"""Seconds in which a welcome would long have begun."""
MINE = '[greeting]\ntemplate = "Welcome back, Ada"\n'


@pytest.fixture(autouse=True)
def _engine() -> None:
    try:
        check_engine()
    except SpeechError as error:
        pytest.skip(f"no speech engine here: {error}")


@pytest.fixture
def bus(tmp_path: Path, fork_servers: ForkServers) -> Iterator[World]:
    """A bus and nothing else."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    world = World(tmp_path, start=fork_servers.start)
    try:
        world.start_bus()
        yield world
    finally:
        world.close()


@pytest.fixture
def service(bus: World) -> Iterator[StandIn]:
    """Something in the daemon's place."""
    with StandIn(bus.address) as service:
        yield service


def heard(agent: AgentProcess, count: int) -> list[Play]:
    """The first `count` plays; fails where there is another soon after."""
    eventually(lambda: len(agent.plays) >= count, f"{count} welcomes; log: {agent.log}")
    stays(lambda: len(agent.plays) == count, QUIET, f"{count} welcomes")
    return agent.plays


def sound(path: Path) -> tuple[float, float]:
    """Seconds and root mean square (0..1)."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        return file.getnframes() / file.getframerate(), float(np.sqrt((samples**2).mean()))


def test_the_owner_is_welcomed_once_an_arrival(home: Home, tmp_path: Path) -> None:
    """From the camera to the loudspeaker: the real daemon, a real face, the real engine."""
    world = home.start()
    expected = tmp_path / "expected.wav"
    speak_to_file("Welcome back, Ada", expected)
    with run_agent(world, settings=MINE) as agent:
        home.lock("1")
        (play,) = heard(agent, 1)
        assert home.unlocks() == 1
        seconds, loudness = sound(play.wav)
        assert seconds == pytest.approx(sound(expected)[0], rel=0.05)
        assert loudness > 0.02
        home.set_session("1", LockedHint=Variant("b", False))
        home.lock("1")
        heard(agent, 2)
        assert home.unlocks() == 2


def test_a_stranger_is_met_with_silence(home: Home) -> None:
    home.configure("camera", source='"demo:stranger"')
    world = home.start()
    with run_agent(world, settings=MINE) as agent:
        home.lock("1")
        eventually(lambda: world.verdicts("not-matched"), "an attempt at the stranger")
        stays(lambda: agent.plays == [], QUIET, "the silence")


def test_only_an_arrival_is_spoken_of(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent:
        for event in Event:
            if event is not Event.UNLOCKED:
                service.event(event, unlocked())
        service.state("looking")
        stays(lambda: agent.plays == [], QUIET, "the silence")
        for away in (60.0, 60.0, 60.1, 60.2):
            service.event(Event.UNLOCKED, unlocked(away))
        heard(agent, 1)


def test_nobody_but_the_service_can_make_it_speak(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent, Peer(bus.address) as forger:
        for name in names(bus):
            for destination in (name, None):
                body = ["unlocked", unlocked()]
                forged = Message.new_signal(OBJECT_PATH, INTERFACE_NAME, "Event", "sa{sv}", body)
                forged.destination = destination
                forger.send(forged)
        stays(lambda: agent.plays == [], QUIET, "the silence")
        service.event(Event.UNLOCKED, unlocked())
        heard(agent, 1)


def _plays_of_a_flood(agent: AgentProcess) -> int:
    """How many there are once there are no more of them."""
    eventually(lambda: agent.plays, f"a welcome; log: {agent.log}")
    count = 0
    while count != (count := len(agent.plays)):
        lasting(2 * QUIET, "the next play, and an arrival long after the last")
    return count


def test_a_flood_of_arrivals_is_a_few_welcomes(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent:
        player = (agent.folder / "bin" / "aplay").read_text()
        over = agent.folder / "over"
        # Else there are the more plays the longer a busy computer takes to hear of all arrivals.
        agent.player(player.replace("\n", f"\nuntil [ -e {over} ]; do sleep 0.05; done\n", 1))
        for _ in range(2000):
            service.event(Event.UNLOCKED, unlocked(0.0))
        service.event("the-last-of-them")
        eventually(lambda: "the-last-of-them" in agent.log, "all of them, heard")
        over.touch()
        flooded = _plays_of_a_flood(agent)
        # One that is said, and three that wait.
        assert 1 <= flooded <= 4
        assert agent.process.poll() is None
        service.event(Event.UNLOCKED, unlocked(0.5))
        eventually(lambda: len(agent.plays) > flooded, "a welcome after the flood")


def test_a_flood_of_the_same_arrival_is_one_welcome(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent:
        for _ in range(500):
            service.event(Event.UNLOCKED, unlocked(3600.0))
        heard(agent, 1)


@pytest.mark.slow
def test_a_player_that_hangs_or_crashes_ends_nothing(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent:
        player = (agent.folder / "bin" / "aplay").read_text()
        agent.player("#!/bin/sh\nkill -SEGV $$\n")
        service.event(Event.UNLOCKED, unlocked(60.0))
        eventually(lambda: "aplay cannot play" in agent.log, "a line of the log")
        agent.player("#!/bin/sh\nexec sleep 600\n")
        lasting(0.2, "the next arrival, a tenth of a second ago, is later than this one")
        service.event(Event.UNLOCKED, unlocked(0.1))
        stays(lambda: agent.process.poll() is None, QUIET, "the agent")
        agent.player(player)
        # The hanging one is ended ten seconds after its text would have been over.
        eventually(lambda: "aplay does not finish" in agent.log, "the end of the player")
        service.event(Event.UNLOCKED, unlocked(0.1))
        heard(agent, 1)


def test_a_player_that_others_may_write_is_never_run(bus: World, service: StandIn) -> None:
    with run_agent(bus, settings=MINE) as agent:
        (agent.folder / "bin" / "aplay").chmod(0o777)
        service.event(Event.UNLOCKED, unlocked())
        stays(lambda: agent.plays == [], QUIET, "the silence")


def test_a_service_that_restarts_is_followed_again(bus: World) -> None:
    with StandIn(bus.address) as first, run_agent(bus, settings=MINE) as agent:
        first.event(Event.UNLOCKED, unlocked())
        heard(agent, 1)
        first.close_name()
        with StandIn(bus.address) as second:
            eventually(lambda: second.subscribers, "an agent that follows the next one")
            eventually(lambda: agent.log.count("following") == 2, "the next one, followed")
            second.event(Event.UNLOCKED, unlocked(0.5))
            heard(agent, 2)


@pytest.mark.parametrize(
    "settings",
    [
        MINE + "enabled = false\n",
        MINE + '[quiet]\nenabled = true\nstart = "00:00"\nend = "00:00"\n',
    ],
)
def test_who_wants_silence_gets_it(bus: World, service: StandIn, settings: str) -> None:
    with run_agent(bus, settings=settings) as agent:
        service.event(Event.UNLOCKED, unlocked())
        stays(lambda: agent.plays == [], QUIET, "the silence")


def test_a_template_is_data(bus: World, service: StandIn) -> None:
    """A greeting that asks for more than its fields is refused; the default one speaks."""
    with run_agent(bus, settings='[greeting]\ntemplate = "{name.__class__} $(reboot)"\n') as agent:
        service.event(Event.UNLOCKED, unlocked())
        heard(agent, 1)
        assert "a greeting has no fields but" in agent.log
