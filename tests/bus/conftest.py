"""The world of each test, and what a person is: the demo's owner, enrolled under our own name."""

import fcntl
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.clients.cli.prepare import ensure_prepared
from daemon.foreground.enrol import enrol
from daemon.sources.demo import open_demo
from daemon.sources.reader import FrameWorker
from enroll.store import codec
from enroll.template import Appearance, Person
from models import zoo
from models.detectors.following import FollowingDetector
from models.pipeline import FacePipeline
from tests.bus.forking import ForkServers
from tests.bus.world import Home, World
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS


@functools.cache
def _servers(drawn: Path) -> ForkServers:
    """Of this process: `tests/ui` has the fixtures below as well, and makes them anew."""
    return ForkServers(drawn)


@pytest.fixture(scope="session")
def owner_appearance(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Appearance:
    """The appearance of the demo's owner, enrolled by the first process that asks."""
    folder = _shared(tmp_path_factory, request)
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept := folder / "owner").exists():
            kept.write_bytes(codec.payload_of(Person("owner", (_enrolled(),))))
    (appearance,) = codec.person_of("owner", kept.read_bytes()).appearances
    return appearance


def _shared(factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder of all processes of this run."""
    folder = factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder


def _enrolled() -> Appearance:
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    # As the service enrols: the place of a face is carried from frame to frame.
    embedder = zoo.load_embedder("resnet")
    detector = FollowingDetector(zoo.load_detector("mtcnn"))
    with open_demo("owner", pace=False) as source, FrameWorker(source) as worker:
        pipeline = FacePipeline(detector, embedder)
        return enrol(
            worker, pipeline, embedder, appearance="default", liveness=None, seconds=60.0
        ).appearance


@pytest.fixture(scope="session")
def fork_servers(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[ForkServers]:
    """Which start the daemon's processes."""
    drawn = _shared(tmp_path_factory, request) / "drawn"
    servers = _servers(drawn)
    try:
        yield servers
    finally:
        servers.close()
        drawn.unlink(missing_ok=True)  # who has it open goes on with it


@pytest.fixture
def world(tmp_path: Path, fork_servers: ForkServers) -> Iterator[World]:
    """A bus with a logind and a polkit; no daemon yet."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed")
    world = World(tmp_path, start=fork_servers.start, program=("tests.bus.patient_daemon",))
    try:
        world.start_journal()
        world.start_bus()
        world.start_mocks()
        yield world
    finally:
        world.close()


@pytest.fixture
def home(world: World, owner_appearance: Appearance) -> Home:
    """A world in which we are enrolled, logged in, and sit before the demo's camera."""
    home = Home(world)
    home.configure("requests", attempt_seconds=str(LONGEST_ATTEMPT_SECONDS))
    home.enrol(owner_appearance)
    home.log_in("1")
    return home
