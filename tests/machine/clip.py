"""Writes a video of the demo's owner for the cameras of the trial: `python -m ... FILE`."""

import sys

import cv2

from daemon.sources.demo import FPS, open_demo


def main(path: str) -> int:
    """Every second frame of the owner's clip, as Motion JPEG."""
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), FPS / 2, (640, 480))
    if not writer.isOpened():
        return 1
    with open_demo("owner", pace=False) as clip:
        while (frame := clip.read()) is not None:
            if frame.index % 2 == 0:
                writer.write(frame.image)
    writer.release()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
