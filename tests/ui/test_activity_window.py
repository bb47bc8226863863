"""Recent activity in a window, opened from the tray, moved by keys and a click."""

from tests.bus.asking import attempt
from tests.bus.world import Home, eventually
from tests.slow_daemon import LONGEST_ATTEMPT_SECONDS
from tests.ui.desktop import Desktop, facelatch
from tests.ui.test_tray import ACTIVITY, choose

TITLE = "Facelatch: recent activity"


def _open(desktop: Desktop, bus: str, name: str, **environment: str) -> None:
    empty = desktop.new_picture(f"{name}-before")
    desktop.run(name, *facelatch("activity", "--window"), FACELATCH_BUS=bus, **environment)
    desktop.window(TITLE)
    # What it shows comes from the daemon: first there is a window without it.
    desktop.new_picture(f"{name}-open", empty)


def _gone(desktop: Desktop) -> bool:
    return all(one.title != TITLE for one in desktop.windows())


def test_the_window_opens_from_the_tray_and_closes_by_a_key(home: Home, desktop: Desktop) -> None:
    world = home.start()
    desktop.start_agent(world)
    with world.client() as client:
        attempt(client)
    choose(desktop, "Ready", ACTIVITY)
    desktop.window(TITLE)
    desktop.new_picture("activity")
    desktop.keys("Escape")
    eventually(lambda: _gone(desktop), "a closed window")
    assert desktop.log("agent") == ""


def test_keys_move_and_refresh(home: Home, bare_desktop: Desktop) -> None:
    desktop, world = bare_desktop, home.start()
    with world.client() as client:
        for _ in range(3):
            attempt(client)
        _open(desktop, world.address, "activity")
        first = desktop.picture("activity-first")
        desktop.keys("Down", "Down")
        second = desktop.new_picture("activity-second", first)
        attempt(client)
        desktop.keys("F5")
        desktop.new_picture("activity-third", second)
    desktop.keys("ctrl+w")
    eventually(lambda: _gone(desktop), "a closed window")
    assert desktop.processes["activity"].wait(60) == 0
    assert desktop.log("activity") == ""


def test_a_click_into_the_plot_chooses(home: Home, bare_desktop: Desktop) -> None:
    # There is a plot for root alone, where distances are kept.
    home.configure("audit", distances="true")
    desktop, world = bare_desktop, home.start()
    with world.client() as client:
        for _ in range(3):
            attempt(client)
    _open(desktop, world.address, "activity")
    before = desktop.picture("activity-plot-before")
    window = desktop.window(TITLE)
    desktop.click(window.left + 120, window.top + 160)
    desktop.new_picture("activity-plot-after", before)


def test_nothing_yet_and_nobody_there_are_said(home: Home, bare_desktop: Desktop) -> None:
    desktop, world = bare_desktop, home.start()
    _open(desktop, world.address, "empty")
    desktop.picture("activity-empty")
    desktop.keys("Escape")
    eventually(lambda: _gone(desktop), "a closed window")
    world.stop_daemon()
    _open(desktop, world.address, "error")
    said = desktop.picture("activity-error")
    # Enter presses the button; the daemon is there again.
    world.start_daemon()
    desktop.keys("Return")
    desktop.new_picture("activity-again", said)
    assert desktop.processes["error"].poll() is None


def test_a_signal_closes_it(home: Home, bare_desktop: Desktop) -> None:
    desktop = bare_desktop
    _open(desktop, home.start().address, "activity")
    assert desktop.end("activity") == 0


def _let_in(home: Home) -> None:
    unlocks = home.unlocks()
    home.lock("1")
    eventually(lambda: home.unlocks() > unlocks, "the unlock")
    home.unlocked("1")
    eventually(lambda: home.world.verdicts("unlocked"), "an unlocking")


def test_all_kinds_of_attempts_are_told_apart(home: Home, bare_desktop: Desktop) -> None:
    """The picture in the README: real decisions about the demo's people."""
    desktop, world = bare_desktop, home.world
    for source, services in (
        ("owner", ("sudo", "", "sudo")),
        ("stranger", ("sudo",)),
        ("owner", ("", "polkit-1")),
        ("empty", ("sudo",)),
        ("stranger", ("",)),
        ("owner", ("sudo",)),
    ):
        home.configure("camera", source=f'"demo:{source}"')
        home.start()
        with world.client() as client:
            for service in services:
                # Whoever is there is decided about; who is not, is waited for in vain.
                seconds = 3.0 if source == "empty" else LONGEST_ATTEMPT_SECONDS
                attempt(client, seconds=seconds, service=service)
        if source == "owner":
            _let_in(home)
        world.stop_daemon()
    world.start_daemon()
    _open(desktop, world.address, "activity")
    window = desktop.window(TITLE)
    place = (window.left, window.top, window.width, window.height)
    desktop.picture("activity-all", place)
    with world.client() as client:
        verdicts = {one["verdict"] for one in client.call("History", {})}
    assert verdicts == {"matched", "unlocked", "not-matched", "undecided"}
