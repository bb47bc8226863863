"""Tries device source and worker on the camera of a throw-away machine.

Runs inside that machine, as root, beside its commands `cameras` and `runuser`. Prints one line for
each thing tried and exits 1 if one went wrong. `python3 -m tests.camera.trial FOLDER` leaves a
picture of each camera in FOLDER.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from daemon.errors import SourceError, SourceLostError
from daemon.sources.base import Frame
from daemon.sources.device import DeviceSource
from daemon.sources.open import open_source
from daemon.sources.reader import FrameWorker
from daemon.sources.throttle import Throttle
from daemon.sources.v4l2 import cameras

COLOUR, INFRARED, METADATA = "/dev/video0", "/dev/video2", "/dev/video1"
TEST_CAMERA = "/dev/video10"

PATIENCE = 5.0
"""Seconds: the stall limit of a device."""

SLACK = 4.0
"""Seconds that the emulated machine may be late."""

REST_SECONDS = 4.0
"""Of a reader; longer than pictures take through the emulated machine."""

_failed = 0


def report(ok: bool, what: str, detail: object) -> None:
    """Prints one line."""
    global _failed  # noqa: PLW0603
    _failed += not ok
    print(f"{'ok    ' if ok else 'FAILED'} {what}: {detail}", flush=True)  # noqa: T201


def control(*words: str) -> None:
    """Runs `cameras` of the machine."""
    subprocess.run(["cameras", *words], check=True)


def take(worker: FrameWorker, count: int) -> list[Frame]:
    """The next frames."""
    frames = []
    for _ in range(count):
        frame = worker.next(timeout=30)
        if frame is None:
            break
        frames.append(frame)
    return frames


def error_of(call: Callable[[], object]) -> tuple[SourceError | None, float]:
    """The SourceError that `call` raises, and after how many seconds."""
    start = time.monotonic()
    try:
        call()
    except SourceError as error:
        return error, time.monotonic() - start
    return None, time.monotonic() - start


def read_until_error(worker: FrameWorker) -> None:
    """Takes frames for as long as they come."""
    while worker.next(timeout=60) is not None:
        pass


def reads(path: str, folder: Path) -> None:
    """A camera delivers pictures as BGR frames."""
    with open_source(path) as source, FrameWorker(source) as worker:
        frames = take(worker, 12)
        shapes = {frame.image.shape for frame in frames}
        times = [frame.time for frame in frames]
        contrast = min((float(frame.image.std()) for frame in frames), default=0.0)
        cv2.imwrite(str(folder / f"{Path(path).name}.png"), frames[-1].image)
        seconds = times[-1] - times[0]
        ok = len(frames) == 12 and times == sorted(times) and contrast > 10
        report(ok, f"{path} is read", f"{shapes}, 12 frames in {seconds:.2f} s, {source.live=}")
        if path == INFRARED:
            spread = int(np.ptp(frames[-1].image.astype(int), axis=2).max())
            report(spread == 0, "infrared pictures are grey", f"channels differ by {spread}")


def newest_wins(path: str) -> None:
    """A slow consumer gets new frames and loses old ones, counted."""
    with open_source(path) as source, FrameWorker(source) as worker:
        first = take(worker, 1)[0]
        time.sleep(3)
        second = take(worker, 1)[0]
        age = second.time - first.time
        report(
            worker.dropped > 0 and age > 2,
            "a slow consumer",
            f"frame {first.index} then {second.index}, {age:.2f} s later, {worker.dropped} dropped",
        )


def rested(path: str) -> None:
    """Nobody reads for a while and the buffers are full: the next picture is a new one."""
    with open_source(path) as source:
        assert isinstance(source, DeviceSource)

        def rest(_seconds: float, _rate: float) -> None:
            time.sleep(REST_SECONDS)

        throttle = Throttle(source, lambda: 0.2, rest=rest)
        ages = []
        for _ in range(4):
            throttle.read()
            # The kernel's own time of the picture, by the same clock (V4L2, CLOCK_MONOTONIC).
            taken = source._capture.number(cv2.CAP_PROP_POS_MSEC) / 1e3
            ages.append(time.monotonic() - taken)
        told = ", ".join(f"{age:.2f}" for age in ages)
        report(0.0 < max(ages[1:]) < REST_SECONDS / 2, "after rests", f"pictures {told} s old")


def busy(path: str) -> None:
    """A second reader is told that the camera is in use; the first goes on."""
    with open_source(path) as source, FrameWorker(source) as worker:
        take(worker, 2)
        error, seconds = error_of(lambda: open_source(path))
        report("in use" in str(error), "a busy camera", f"{error} ({seconds:.2f} s)")
        report(len(take(worker, 3)) == 3, "the first reader goes on", "3 frames more")


def unplugged(path: str) -> None:
    """The plug is pulled from under an open reader."""
    with open_source(path) as source, FrameWorker(source) as worker:
        take(worker, 3)
        control("unplug")
        error, seconds = error_of(lambda: read_until_error(worker))
        ok = isinstance(error, SourceLostError) and seconds < PATIENCE + SLACK
        report(ok, "unplugged under a reader", f"{error} ({seconds:.2f} s)")
        start = time.monotonic()
        worker.close()
        source.close()
        report(True, "closing it took", f"{time.monotonic() - start:.2f} s")
    error, seconds = error_of(lambda: open_source(path))
    report("there is no camera" in str(error), "opening it then", f"{error} ({seconds:.2f} s)")


def frozen(path: str) -> None:
    """The pictures stop, the device stays."""
    with open_source(path) as source, FrameWorker(source) as worker:
        take(worker, 3)
        control("freeze")
        error, seconds = error_of(lambda: read_until_error(worker))
        ok = isinstance(error, SourceLostError) and seconds < PATIENCE + SLACK
        report(ok, "frozen under a reader", f"{error} ({seconds:.2f} s)")
        start = time.monotonic()
        worker.close()
        source.close()
        seconds = time.monotonic() - start
        report(seconds < 1.5, "closing while the read hangs took", f"{seconds:.2f} s")
    control("flow")
    time.sleep(4)  # the read that hung lets go of the camera
    with open_source(path) as source, FrameWorker(source) as worker:
        report(len(take(worker, 5)) == 5, "flowing again, opened anew", "5 frames")


def metadata(path: str) -> None:
    """A metadata node is refused in words."""
    error, seconds = error_of(lambda: open_source(path))
    report("metadata node" in str(error), "a metadata node", f"{error} ({seconds:.2f} s)")


def without_rights(path: str) -> None:
    """A user outside group video is told so."""
    code = (
        "from daemon.sources.open import open_source\n"
        f"try: open_source({path!r})\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run(
        ["runuser", "-u", "nobody", "--", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip()
    report("usermod -aG video" in said and "\n" not in said, "without rights", said)


def other_drivers(folder: Path) -> None:
    """Motion JPEG by v4l2loopback, and the kernel's test camera, which can vanish."""
    control("on", "MJPG")
    reads(COLOUR, folder)
    control("off")
    control("strict")
    with open_source(TEST_CAMERA) as source, FrameWorker(source) as worker:
        report(len(take(worker, 3)) == 3, "the kernel's test camera is read", "3 frames")
        control("vanish")
        error, seconds = error_of(lambda: read_until_error(worker))
        ok = isinstance(error, SourceLostError) and seconds < PATIENCE + SLACK
        report(ok, "vanished under a reader", f"{error} ({seconds:.2f} s)")
    control("strict-off")


def main(folder: Path) -> int:
    """Tries everything; 0 if all went well."""
    control("plug")
    for node in cameras():
        report(True, "found", f"{node} at {node.bus}, {', '.join(node.formats)}")
    reads(COLOUR, folder)
    reads("0", folder)
    reads(INFRARED, folder)
    newest_wins(COLOUR)
    rested(COLOUR)
    metadata(METADATA)
    busy(COLOUR)
    without_rights(COLOUR)
    frozen(COLOUR)
    unplugged(INFRARED)
    control("plug")
    reads(INFRARED, folder)
    unplugged(COLOUR)
    control("plug")
    reads(COLOUR, folder)
    control("unplug")
    other_drivers(folder)
    print(f"{_failed} of the things tried went wrong" if _failed else "everything went well")  # noqa: T201
    return 1 if _failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
