"""`python -m daemon.camera`: the camera worker, started by its socket."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from daemon.system import malloc
from daemon.system.sd_notify import Notifier
from daemon.system.sockets import handed_over

if TYPE_CHECKING:
    from daemon.camera.inventory import Devices


def main(arguments: Sequence[str] | None = None, devices: "Devices | None" = None) -> int:
    """Exit code: 0 once nobody needs it any more. `devices` are this machine's by default."""
    # One thread a core, each with memory of its own, for products of a few hundred numbers. NumPy
    # reads it when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from daemon.camera.inventory import LocalDevices
    from daemon.camera.opener import CameraOpener
    from daemon.camera.process import Process

    parser = argparse.ArgumentParser(prog="python -m daemon.camera", description=__doc__)
    parser.parse_args(arguments)
    listening = handed_over()
    if listening is None:
        sys.stderr.write("the camera worker is started by systemd's facelatch-camera.socket\n")
        return 2
    malloc.keep_small()
    process = Process(CameraOpener, devices or LocalDevices())
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
