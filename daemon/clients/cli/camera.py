"""`facelatch camera`: which cameras are here, and which may be looked through."""

import argparse
from typing import Any

HELP = "list the cameras that are here, and say which of them to trust"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every camera, and why one is passed over")
    listing.add_argument("--json", action="store_true", help="a JSON list on standard output")
    listing.set_defaults(action="list")
    trust = actions.add_parser("trust", help="let a camera be used (asks for a password)")
    trust.add_argument("camera", metavar="PATH", help="such as /dev/video2")
    trust.set_defaults(action="trust")
    check = actions.add_parser("check", help="look through it: which way up it hangs")
    check.set_defaults(action="check")
    forget = actions.add_parser("forget", help="let a camera be used no more")
    forget.add_argument("camera", metavar="CAMERA", help="its path, or its identity as listed")
    forget.set_defaults(action="forget")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is done, 1 where something is wrong with the picture.

    Trusting and forgetting may ask for an administrator's password.
    """
    from daemon.clients.cli import camera_picture
    from daemon.clients.dbus_client import Client

    with Client() as client:
        if arguments.action == "trust":
            client.call("TrustCamera", arguments.camera)
            print(f"{arguments.camera} is trusted")
            return 0
        if arguments.action == "forget":
            client.call("ForgetCamera", arguments.camera)
            print(f"{arguments.camera} is trusted no more")
            return 0
        if arguments.action == "check":
            seen = camera_picture.look(client)
            print("; ".join(filter(None, (seen.found, seen.mend))))
            return 0 if seen.fine else 1
        rows = client.call("ListCameras")
    _print(rows, as_json=arguments.json)
    return 0


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    from daemon.clients.cli import output

    if as_json:
        output.print_json(rows)
    elif rows:
        output.print_table([_row(row) for row in rows])
    else:
        print("there is no camera")


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": row["path"],
        "name": row["name"],
        "kind": "infrared" if row["infrared"] else "colour",
        "trusted": "yes" if row["trusted"] else "no",
        "identity": row["identity"],
        "passed over": row["obstacle"],
    }
