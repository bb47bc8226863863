"""The steps that put the service on a machine, and those that take it away, in their order."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from daemon.install import environment, networks, pam_files, steps, trust, units
from daemon.install.errors import InstallError
from daemon.install.places import ACCOUNT_FILES, PACKAGE, USERS, Places
from daemon.install.steps import Do, Link, Remove, Run, Step, Write, user_exists
from models.assets import catalogue

_SYSTEMD_RUNS = Path("/run/systemd/system")
_PROGRAMS = ("systemctl", "systemd-sysusers", "systemd-tmpfiles")
_OF_DESKTOPS = "etc/xdg/autostart"
_POLKIT = "usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"
_RELOAD_BUS = (
    "busctl",
    "call",
    "org.freedesktop.DBus",
    "/org/freedesktop/DBus",
    "org.freedesktop.DBus",
    "ReloadConfig",
)


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """What the caller of `facelatch setup` chose."""

    embedder: str = "auto"
    start: bool = True
    keep_data: bool = False
    caches: Sequence[Path] = ()
    """Where weights may lie beside what everybody knows: see `networks.known_caches`."""
    quiet: Callable[[], object] = lambda: None
    """Returns once nobody is before the camera, or after some time."""


@dataclass(slots=True)
class _Changes:
    """Whether something changed that systemd, the bus or the running service has read already."""

    files: bool = False
    environment: bool = False


def is_booted() -> bool:
    """Whether systemd runs here; in a folder that is to become a machine it does not."""
    return _SYSTEMD_RUNS.is_dir()


def install(
    places: Places, options: InstallOptions, prepare: networks.Prepare, *, booted: bool
) -> Iterator[Step]:
    """The steps of an installation; ask each whether it is needed before the next comes.

    Whatever fails on the way, a service that runs already goes on as it was: what it runs on is
    replaced last. Raises InstallError, ModelError.
    """
    _check(places)
    _refuse_beside_package(places)
    planned = environment.plan()
    trust.refuse_open_sources(environment.sources(planned), trust.callers())
    changes = _Changes()
    writes = [
        _noted(Write(place, places.layout.text((planned.unit_files / name).read_bytes())), changes)
        for name, place in places.files.items()
    ]
    # The user first: the bus complains of a policy for somebody it does not know.
    yield from writes[:ACCOUNT_FILES]
    yield from _accounts(places)
    yield from writes[ACCOUNT_FILES:]
    yield from _networks(places, options, prepare)
    yield _environment(places, planned, changes)
    yield Link(places.command, places.environment / "bin/facelatch")
    if booted:
        yield from _tell_system(lambda: changes.files)
    yield from units.enable(places)
    if booted:
        yield from units.start(
            places,
            lambda: changes.environment or changes.files,
            start_service=options.start,
            quiet=options.quiet,
        )


def refresh(
    places: Places, options: InstallOptions, prepare: networks.Prepare, *, booted: bool
) -> Iterator[Step]:
    """What a setup has to do where a package brought the program: networks that the package lacks,
    and the sockets of users that the configuration calls for. Raises InstallError, ModelError.
    """
    yield from _networks(places, options, prepare)
    yield from units.enable(places)
    if booted:
        yield from units.start(places, lambda: False, start_service=options.start)


def repair(places: Places, prepare: networks.Prepare, *, booted: bool) -> Iterator[Step]:
    """The steps that mend an installation out of what it holds itself; none where it is whole.

    Raises InstallError where there is none.
    """
    if not places.environment.is_dir():
        raise InstallError("the service is not installed here", "run: sudo facelatch setup")
    changes = _Changes()
    originals = places.environment / environment.UNIT_FILES
    writes = [
        _noted(Write(place, places.layout.text((originals / name).read_bytes())), changes)
        for name, place in places.files.items()
        if (originals / name).is_file() and not _is_roots(place, places)
    ]
    yield from writes[:ACCOUNT_FILES]
    yield from _accounts(places)
    yield from writes[ACCOUNT_FILES:]
    yield Link(places.command, places.environment / "bin/facelatch")
    yield from _damaged_networks(places)
    # Where there is no embedder at all, nothing that is here makes one.
    with contextlib.suppress(InstallError):
        yield from _networks(places, InstallOptions(), prepare)
    if booted:
        yield from _tell_system(lambda: changes.files)
        yield from units.reset_failed()
    yield from units.enable(places)
    if booted:
        yield from units.start(places, lambda: changes.files, start_service=True)


def _is_roots(place: Path, places: Places) -> bool:
    """Whether a package leaves the file to whoever looks after the machine."""
    return places.layout is PACKAGE and place.is_relative_to(places.root / "etc")


def _damaged_networks(places: Places) -> Iterator[Step]:
    """What cannot be used hides what came with the environment."""
    for spec in catalogue.MODELS.values():
        yield Do(
            f"remove the damaged networks of {spec.name} from {places.cache}",
            partial(networks.forget, spec, places.cache),
            partial(networks.is_damaged, spec, places.cache),
        )


def enrolled(places: Places) -> int:
    """How many people the installed service knows."""
    return len(list((places.state / "templates").glob("*.templates")))


def remove(places: Places, options: InstallOptions, *, booted: bool) -> Iterator[Step]:
    """The steps that take everything away again; with `keep_data` all but what people made.

    Raises InstallError where what lies in the place of our program is not ours.
    """
    trust.require_ours(places.program, owner=os.geteuid())
    changes = _Changes()
    if booted:
        yield from units.stop(places)
    yield from units.disable(places)
    yield from pam_files.removal(pam_files.Folders(places.root))
    # What gives rights goes before what they are given to.
    for place in reversed(places.files.values()):
        yield _noted(Remove(place, _made_for(place, places)), changes)
    if booted:
        yield from _tell_system(lambda: changes.files)
    if _is_ours(places):
        yield Remove(places.command)
    yield Remove(places.cache)
    if not options.keep_data:
        yield Remove(places.configuration)
        people = enrolled(places)
        yield Remove(places.state, holding=f"the faces of people enrolled: {people}")
        # After what it opens: it goes only once nothing needs it any more.
        yield Remove(places.credential)
        for user in USERS:
            yield Run(f"remove the user {user}", ("userdel", user), partial(user_exists, user))
    # Last: it may be what runs this.
    yield Remove(places.program)


@contextlib.contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Keeps a second installation out. Raises InstallError.

    The lock lies in /run, where only root can make files: nobody else can open it, and hold it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    places.lock.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(places.lock, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InstallError("another facelatch setup is running", "wait for it") from None
    finally:
        os.close(descriptor)


def _check(places: Places) -> None:
    """Raises InstallError where the service could not run, before anything is changed."""
    trust.require_ours(places.program, owner=os.geteuid())
    if missing := steps.missing(_PROGRAMS):
        raise InstallError(
            f"the service needs systemd, and {missing[0]} is not on this machine",
            "without the service: facelatch watch",
        )
    if not (places.root / _POLKIT).exists():
        raise InstallError(
            "the service needs polkit, which is not on this machine",
            "install it: apt-get install polkitd, or what your distribution calls it",
        )


def _refuse_beside_package(places: Places) -> None:
    """Raises InstallError where a package has installed the program already."""
    if Places(places.root, PACKAGE).program.is_dir():
        raise InstallError(
            "a package of this distribution has installed Facelatch already",
            "remove that first, it keeps the faces: apt remove facelatch",
        )


def _noted(step: Step, changes: _Changes) -> Step:
    def needed() -> bool:
        result = step.needed()
        changes.files |= result
        return result

    return Do(step.text, step.take, needed)


def _environment(places: Places, planned: environment.Plan, changes: _Changes) -> Step:
    def needed() -> bool:
        changes.environment = not environment.is_current(places, planned)
        return changes.environment

    return Do(
        f"copy Facelatch and {len(planned.packages)} Python packages to {places.environment}",
        lambda: environment.build(places, planned),
        needed,
    )


def _accounts(places: Places) -> Iterator[Step]:
    """The user, and the folders that only root changes."""
    yield Run(
        f"add the users {' and '.join(USERS)}",
        ("systemd-sysusers", str(places.files["facelatch.sysusers"])),
        lambda: not all(map(user_exists, USERS)),
    )
    yield Run(
        f"make {places.configuration} and {places.cache}",
        ("systemd-tmpfiles", "--create", str(places.files["facelatch.tmpfiles"])),
        lambda: not (places.configuration.is_dir() and places.cache.is_dir()),
    )


def _networks(places: Places, options: InstallOptions, prepare: networks.Prepare) -> Iterator[Step]:
    caches = [*options.caches, *networks.known_caches()]
    here = [places.cache, *caches]
    for spec in [*networks.wanted(options.embedder, here), *networks.beside(here)]:
        yield Do(
            f"bring the networks of {spec.name} to {places.cache}",
            partial(networks.provide, spec, places.cache, caches, prepare),
            partial(networks.is_missing, spec, places.cache),
        )


def _tell_system(when: Callable[[], bool]) -> Iterator[Step]:
    # polkit watches its folders itself.
    yield Run("reload systemd", ("systemctl", "daemon-reload"), when)
    yield Run("reload the message bus", _RELOAD_BUS, when)


def _is_ours(places: Places) -> bool:
    try:
        return places.command.readlink().is_relative_to(places.program)
    except OSError:
        return False


def _made_for(place: Path, places: Places) -> list[Path]:
    """Folders that go once they are empty, innermost first: those that a bare system lacks."""
    if place.parent == places.root / _OF_DESKTOPS:
        return [place.parent]
    local = places.root / "usr/local"
    return [parent for parent in place.parents if local in parent.parents][:-1]
