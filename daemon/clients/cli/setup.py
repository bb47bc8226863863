"""`facelatch setup`: installs the service on this machine, or takes it away again; a person who is
not root is led through what there is to do (`guide`).
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import FacelatchError, UsageError

if TYPE_CHECKING:
    from daemon.clients.dbus_client import Client
    from daemon.install.places import Places
    from daemon.install.plan import InstallOptions
    from daemon.install.steps import Step

HELP = "install the system service, or remove it (root); at a terminal: a guided first run"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--remove", action="store_true", help="take the service away again")
    parser.add_argument(
        "--keep-data",
        action="store_true",
        help="with --remove: leave the configuration, the templates and their user",
    )
    parser.add_argument(
        "--yes", action="store_true", help="with --remove: ask nothing, not even about faces"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.add_argument(
        "--window", action="store_true", help="the guided first run in a window; needs a desktop"
    )
    parser.add_argument("--no-start", action="store_true", help="install, but do not start it now")
    parser.add_argument(
        "--embedder",
        default="auto",
        metavar="NAME",
        help="the model whose networks are installed (default: the best that is here)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where everything is as wished."""
    if arguments.window:
        from daemon.clients.windows import first_run

        return first_run.run()
    from daemon.clients.cli import guide

    return guide.lead() if _is_guided(arguments) else _install(arguments)


def _is_guided(arguments: argparse.Namespace) -> bool:
    """Whether a person is to be led: one who is at a terminal, asks for nothing else, and is not
    root, whose setup installs.
    """
    other = arguments.remove or arguments.keep_data or arguments.yes or arguments.no_start
    if other or arguments.dry_run or arguments.embedder != "auto" or os.geteuid() == 0:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def _install(arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import prepare
    from daemon.install import plan
    from daemon.install.places import PACKAGE, of_this_program

    places, booted = of_this_program(), plan.is_booted()
    packaged = places.layout is PACKAGE
    _check(arguments, packaged=packaged)
    if not _may_go_on(arguments, plan.enrolled(places)):
        print("nothing was changed")
        return 1
    options = _options(arguments)
    with contextlib.ExitStack() as stack:
        if not (arguments.remove or arguments.dry_run):
            fetched = _fetched(places, arguments.embedder)
            options = replace(options, caches=[stack.enter_context(fetched)])
        # Root's own may be narrower than what the service must read, or wider than is safe.
        os.umask(0o022)
        # A dry run changes nothing, and is for everybody.
        if not arguments.dry_run:
            stack.enter_context(plan.only_one(places))
        if arguments.remove:
            steps = plan.remove(places, options, booted=booted)
        elif packaged:
            steps = plan.refresh(places, options, prepare.prepare, booted=booted)
        else:
            steps = plan.install(places, options, prepare.prepare, booted=booted)
        count = _take(steps, dry_run=arguments.dry_run)
    if not count:
        print("nothing to do")
    elif not arguments.dry_run:
        _say_what_remains(arguments, places, booted=booted)
    if booted and options.start and not (arguments.remove or arguments.dry_run):
        _trust_cameras()
    return 0


def _options(arguments: argparse.Namespace) -> "InstallOptions":
    from daemon.clients import quiet
    from daemon.install.plan import InstallOptions

    return InstallOptions(
        embedder=arguments.embedder,
        start=not arguments.no_start,
        keep_data=arguments.keep_data,
        quiet=quiet.wait_for_service,
    )


@contextlib.contextmanager
def _fetched(places: "Places", embedder: str) -> Iterator[Path]:
    """What can be had beside what is here, in a folder that goes with the setup: what lay in
    root's own cache would outlast `--remove`. An embedder that is named must be had, "auto" may.
    """
    from daemon.clients.cli import recommended
    from daemon.install import networks
    from models.assets import catalogue, extras

    here = [places.cache, *networks.known_caches()]
    missing = networks.lacking(catalogue.LIVENESS, here)
    with tempfile.TemporaryDirectory(prefix="facelatch-") as folder:
        with networks.using(Path(folder)):
            if embedder != "auto":
                recommended.fetch_named(embedder, here)
            # Where nothing is here yet, the steps say so. Not by npm: that would run a program of
            # many others as root.
            elif extras.converts():
                with contextlib.suppress(FacelatchError):
                    recommended.fetch(by_npm=False, caches=here)
            if missing and embedder == "auto":
                recommended.fetch_liveness(missing)
        yield Path(folder)


def _trust_cameras() -> None:
    """The first time: the cameras that are there when the machine is set up are its own."""
    from daemon.clients.dbus_client import Client

    try:
        with Client() as client:
            rows = client.call("ListCameras")
            if any(row["trusted"] for row in rows):
                return
            for row in rows:
                if row["path"] and not row["obstacle"]:
                    client.call("TrustCamera", row["path"])
                    print(f"trust {row['path']} ({row['name']})", flush=True)
            if rows:
                _say_how_it_hangs(client)
    except FacelatchError as error:
        # Nothing was trusted yet, so that the first enrolment will see to it.
        print(f"no camera was trusted: {error}", file=sys.stderr)


def _say_how_it_hangs(client: "Client") -> None:
    from daemon.clients.cli import camera_picture

    seen = camera_picture.look(client)
    if not seen.fine:
        print("; ".join(filter(None, (seen.found, seen.mend))), flush=True)


def _may_go_on(arguments: argparse.Namespace, people: int) -> bool:
    """Asks before faces are deleted, where there is somebody to ask."""
    careful = arguments.remove and not (arguments.keep_data or arguments.dry_run or arguments.yes)
    if not (careful and people and sys.stdin.isatty()):
        return True
    print(f"The faces of people enrolled go too: {people}. With --keep-data they stay.")
    try:
        return input("Remove everything? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def _say_what_remains(arguments: argparse.Namespace, places: "Places", *, booted: bool) -> None:
    if arguments.keep_data:
        print(f"kept: {places.configuration}, {places.state} and their user")
    elif not booted and not arguments.remove:
        print("systemd does not run here: the service starts with this machine")


def _check(arguments: argparse.Namespace, *, packaged: bool) -> None:
    if arguments.keep_data and not arguments.remove:
        raise UsageError("--keep-data goes with --remove")
    if packaged and arguments.remove:
        raise UsageError(
            "a package has installed this", "run: apt remove facelatch; apt purge: the faces too"
        )
    if os.geteuid() != 0 and not arguments.dry_run:
        raise UsageError(
            "only root can install the service", f"run: sudo {sys.argv[0]} setup, or add --dry-run"
        )


def _take(steps: "Iterable[Step]", *, dry_run: bool) -> int:
    """Takes the steps that are needed, each announced; how many."""
    count = 0
    for step in steps:
        if not step.needed():
            continue
        count += 1
        print(f"would {step.text}" if dry_run else step.text, flush=True)
        if not dry_run:
            step.take()
    return count
