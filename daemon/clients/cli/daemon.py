"""`facelatch daemon`: the service on the system bus."""

import argparse
import os
import sys
from pathlib import Path

HELP = "run the service that recognises and unlocks (systemd starts it)"

_STATE = "/var/lib/facelatch"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="configuration; its drop-ins lie beside it (default: /etc/facelatch/config.toml)",
    )
    parser.add_argument(
        "--bus",
        default="system",
        metavar="BUS",
        help="system, session or an address such as unix:path=/run/bus (default: %(default)s)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        # systemd may name several folders; the first is the one with the templates.
        default=Path(os.environ.get("STATE_DIRECTORY", _STATE).split(":")[0]),
        help=f"folder of templates and failed attempts (default: $STATE_DIRECTORY or {_STATE})",
    )
    parser.add_argument(
        "--unlocker",
        type=Path,
        metavar="SOCKET",
        default=Path("/run/facelatch-unlocker"),
        help="where the unlocker is reached (default: %(default)s)",
    )
    parser.add_argument(
        "--camera",
        type=Path,
        metavar="SOCKET",
        default=Path("/run/facelatch-camera"),
        help="where the camera worker is reached (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs until it is told to end. Raises ConfigError, BusError where it cannot start."""
    from daemon import app, config

    named = arguments.config is not None
    options = app.Options(
        config_file=arguments.config if named else config.DEFAULT_FILE,
        bus=arguments.bus,
        state=arguments.state,
        config_needed=named,
        unlocker=arguments.unlocker,
        camera=arguments.camera,
    )
    code = app.run(options)
    # A thread may hang in a driver; everything that matters is closed and on the disk.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
