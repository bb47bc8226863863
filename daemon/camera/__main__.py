"""`python -m daemon.camera`: the camera worker, started by its socket."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from daemon.camera.inventory import Devices, LocalDevices
from daemon.camera.opener import CameraOpener
from daemon.camera.process import Process
from daemon.system import malloc
from daemon.system.sd_notify import Notifier
from daemon.system.sockets import handed_over

_DEVICES = LocalDevices()


def main(arguments: Sequence[str] | None = None, devices: Devices = _DEVICES) -> int:
    """Exit code: 0 once nobody needs it any more."""
    parser = argparse.ArgumentParser(prog="python -m daemon.camera", description=__doc__)
    parser.parse_args(arguments)
    listening = handed_over()
    if listening is None:
        sys.stderr.write("the camera worker is started by systemd's facelatch-camera.socket\n")
        return 2
    malloc.limit_arenas()
    process = Process(CameraOpener, devices)
    notifier = Notifier()
    notifier.ready("serving")
    fed = [0.0]

    def alive() -> None:
        seconds = notifier.watchdog_seconds
        if seconds is not None and not process.hangs and time.monotonic() - fed[0] > seconds / 3:
            fed[0] = time.monotonic()
            notifier.alive()

    with listening:
        process.serve(listening, alive=alive)
    notifier.stopping()
    return 0


if __name__ == "__main__":
    code = main()
    # The camera's thread may hang in a driver; the kernel closes what it has open.
    sys.stderr.flush()
    os._exit(code)
