"""What an open camera is called, for the report of it: the worker's alone."""

from typing import TYPE_CHECKING

from daemon.camera.reports import CameraReport, CameraState

if TYPE_CHECKING:
    from daemon.sources.base import FrameSource


def camera_report(source: "FrameSource") -> CameraReport:
    """The report of an open camera."""
    from daemon.camera.identity import identified
    from daemon.sources.v4l2 import Node, stable_name

    node = getattr(source, "node", None)
    if not isinstance(node, Node):
        return CameraReport(CameraState.OPEN, source.description)
    identity = identified(node).identity
    return CameraReport(CameraState.OPEN, stable_name(node.path), node.infrared, identity=identity)
