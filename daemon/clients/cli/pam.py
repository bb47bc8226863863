"""`facelatch pam`: asks for a face where sudo, polkit or what is named ask for a password."""

import argparse
import getpass
import os
import sys
from typing import TYPE_CHECKING

from models.errors import UsageError

if TYPE_CHECKING:
    from daemon.install.pam_files import Change, Folders
    from daemon.install.pam_text import State, Steps

HELP = "ask for a face where sudo, polkit or a login ask for a password (root)"

_EPILOG = """\
Without SERVICE: sudo and polkit-1. Greeters and lockers are named one by one (gdm-password, sddm,
lightdm, kde, swaylock, ...). The password is typed as before; Enter alone has the camera look. The
files are changed only once a login by your password has passed with them. facelatch-lock is for
lock screens that ask for the password in a conversation of its own: it looks at once, and takes no
password. restore asks for no password either: PAM must say the same of a wrong one as before.
A face opens no keyring: keep its password, or give it none.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    enable = actions.add_parser("enable", help="ask for a face from now on")
    disable = actions.add_parser("disable", help="no more; without SERVICE nowhere")
    status = actions.add_parser("status", help="where a face is asked for")
    restore = actions.add_parser("restore", help="again, where an update took it away")
    for one in (enable, disable, status, restore):
        one.add_argument("services", nargs="*", metavar="SERVICE", help="a file of /etc/pam.d")
    for one in (enable, disable, restore):
        one.add_argument("--dry-run", action="store_true", help="show the change, do nothing")
    enable.add_argument("--user", metavar="NAME", help="whose password is tried (default: yours)")
    status.add_argument("--json", action="store_true", help="JSON on standard output")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where everything is as wished."""
    from daemon.install import pam_files

    folders = pam_files.Folders()
    if arguments.action == "status":
        return _status(folders, arguments)
    if os.geteuid() != 0 and not arguments.dry_run:
        raise UsageError("only root may change what PAM asks", "run it with sudo")
    # Root's own umask may hide the files from programs that ask PAM as a user.
    os.umask(0o022)
    changes = _changes(folders, arguments)
    if arguments.action == "disable" and not arguments.dry_run:
        for name in arguments.services or pam_files.states(folders, {"": steps_of("")}):
            pam_files.forget(folders, name)
    print("".join(change.diff for change in changes), end="")
    if not changes:
        print("nothing to do")
    elif not arguments.dry_run:
        _apply(folders, changes, arguments)
    if arguments.action == "restore" and not arguments.dry_run:
        return int(bool(_taken_away(folders, arguments.services)))
    return 0


def steps_of(service: str) -> "Steps":
    """What the configuration wants for this service; "" for one of no kind of its own."""
    from daemon import config
    from daemon.install.pam_files import GREETERS, TOLD_NOTHING
    from daemon.install.pam_text import Steps
    from daemon.install.places import PAM_PROGRAM, of_this_program

    pam = config.load().config.pam
    program = str(of_this_program().environment / PAM_PROGRAM)
    tell = service not in TOLD_NOTHING
    ask = service not in GREETERS or not tell or pam.greeter == "enter"
    return Steps(program, pam.seconds, ask=ask, tell=tell)


def _changes(folders: "Folders", arguments: argparse.Namespace) -> "list[Change]":
    from daemon.install import pam_files
    from daemon.install.pam_text import State

    if arguments.action == "restore":
        return _restored(folders, arguments.services)
    if arguments.action == "enable":
        chosen = arguments.services or pam_files.DEFAULT_SERVICES
        found = [pam_files.enabling(folders, one, steps_of(one)) for one in chosen]
    else:
        on = pam_files.states(folders, {"": steps_of("")})
        chosen = arguments.services or [one for one in on if on[one] is not State.OFF]
        found = [pam_files.disabling(folders, one) for one in chosen]
    return [change for change in found if change.needed]


def _restored(folders: "Folders", services: list[str]) -> "list[Change]":
    """What cannot be put back is said, and keeps nothing else from being."""
    from daemon.clients.cli import output
    from daemon.install import pam_files
    from daemon.install.errors import InstallError

    found = []
    for name, state in _taken_away(folders, services).items():
        try:
            change = pam_files.restoring(folders, name, steps_of(name), state)
            pam_files.check_unasked(folders, [change])
        except InstallError as error:
            output.note(f"{error.message}; {error.hint}")
        else:
            found.append(change)
    return found


def _taken_away(folders: "Folders", services: list[str]) -> "dict[str, State]":
    from daemon.install import pam_files

    steps = {name: steps_of(name) for name in ("", *pam_files.OF_THEIR_OWN)}
    return {
        name: state
        for name, state in pam_files.states(folders, steps).items()
        if state in _TAKEN_AWAY and (not services or name in services)
    }


def _apply(folders: "Folders", changes: "list[Change]", arguments: argparse.Namespace) -> None:
    from daemon.install import pam_files

    if arguments.action == "enable":
        program = steps_of("").program
        if not os.access(program, os.X_OK):
            raise UsageError("the service is not installed", "run: sudo facelatch setup")
        if any(change.service != pam_files.FACE_ALONE for change in changes):
            username = arguments.user or os.environ.get("SUDO_USER") or getpass.getuser()
            pam_files.check(folders, changes, username, _password(username))
    for change in changes:
        pam_files.apply(folders, change)
    names = " ".join(change.service for change in changes)
    if arguments.action == "restore":
        print(f"on again: {names}")
    elif arguments.action == "enable":
        print(f"on: {names}; a face opens no keyring, which still wants its password")
        print(f"off again: sudo facelatch pam disable {names}")
        _say_what_greeters_need(changes)
    else:
        print(f"off: {names}")


def _say_what_greeters_need(changes: "list[Change]") -> None:
    from daemon import config
    from daemon.install.pam_files import GREETERS

    greeters = [change.service for change in changes if change.service in GREETERS]
    if greeters and not config.load().config.unlock.greeter:
        print(f"{greeters[0]} looks for nobody until the configuration has unlock.greeter = true")


def _password(username: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {username}, to try the files with: ")
    return sys.stdin.readline().rstrip("\n")


def _status(folders: "Folders", arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output
    from daemon.install import pam_files

    steps = {name: steps_of(name) for name in ("", *pam_files.OF_THEIR_OWN)}
    found = pam_files.states(folders, steps)
    if arguments.services:
        found = {name: state for name, state in found.items() if name in arguments.services}
    if arguments.json:
        output.print_json({name: state.value for name, state in found.items()})
    for name, state in () if arguments.json else found.items():
        print(f"{name:<20} {meaning(name, state)}")
    return 0


def meaning(service: str, state: "State") -> str:
    """How a service stands, in words, and what to do about it."""
    return _MEANING[state.value].format(service=service)


_TAKEN_AWAY = ("lost", "old", "other")
_MEANING = {
    "off": "off",
    "on": "on",
    "other": "on, with other settings than the configuration has;"
    " run: sudo facelatch pam enable {service}",
    "lost": "was on, and the file has been written anew since;"
    " run: sudo facelatch pam restore {service}",
    "old": "on, in a copy of a file that the distribution has changed since;"
    " run: sudo facelatch pam restore {service}",
    "refusing": "by lines that are not ours, and without a face no password is taken: make them"
    " `sufficient`, or delete them and run: sudo facelatch pam enable {service}",
    "by-hand": "by lines that are not ours; delete them, and then:"
    " sudo facelatch pam enable {service}",
    "broken": "changed by hand so that it cannot be taken away; see /var/backups/facelatch-pam",
}
