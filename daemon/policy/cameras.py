"""Which cameras may be taken, and why others are not. Pure: facts about cameras in, verdicts out.

Whoever plugs in a camera that plays the owner's face must not be looked at. A camera is known by
where it is plugged in and what it says of itself together; neither alone, since a device writes its
own name, number and serial.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

_VIRTUAL_DRIVERS = frozenset({"v4l2 loopback", "v4l2loopback", "vivid", "vimc", "akvcam", "dummy"})
"""Drivers whose pictures come from a program (kernel: Documentation/admin-guide/media)."""

_DECODED = frozenset(
    {"YUYV", "YVYU", "UYVY", "MJPG", "JPEG", "NV12", "NV21", "YU12", "YV12", "RGB3", "BGR3", "GREY"}
    | {"Y10 ", "Y12 ", "Y16 "}
)
"""Formats that OpenCV's V4L2 backend or `daemon.sources` turns into pictures."""


class Obstacle(StrEnum):
    """Why a camera is passed over."""

    VIRTUAL = "a program makes its pictures"
    OTHER_SEAT = "it belongs to another seat"
    FORMAT = "its picture format is not supported"
    KIND = "the configuration asks for the other kind"
    NEW_WHILE_LOCKED = "it was plugged in while a session was locked"
    UNKNOWN = "nobody has said that it is trusted"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a camera is known by.

    `port` is the physical place (the kernel's name of the USB port or PCI slot), `vendor` and
    `product` four hexadecimal digits each, "" where it has none.
    """

    port: str
    vendor: str
    product: str
    serial: str
    driver: str

    def __str__(self) -> str:
        numbers = f"{self.vendor}:{self.product}" if self.vendor else self.driver
        return f"{numbers} at {self.port}" + (f", serial {self.serial}" if self.serial else "")


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that is connected. `connection` changes each time that it is plugged in.

    `built_in`: the machine's firmware says that the port is inside the case.
    """

    path: str
    name: str
    identity: Identity
    connection: int
    seat: str = "seat0"
    built_in: bool = False
    infrared: bool = False
    formats: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether a picture can be had in one of its formats."""
        return any(one in _DECODED for one in self.formats)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of cameras. `trusted` None: nobody was enrolled yet, any camera will do.

    `before_lock` has the cameras (identity, connection) that were there when the session was
    locked, None while none is.
    """

    trusted: frozenset[Identity] | None = None
    before_lock: frozenset[tuple[Identity, int]] | None = None


def obstacle(
    camera: Camera, known: Known, *, infrared: str, seat: str = "seat0"
) -> Obstacle | None:
    """Why `camera` may not be taken; None where it may. `infrared`: "prefer", "only" or "never"."""
    wrong_kind = infrared != "prefer" and camera.infrared != (infrared == "only")
    checks = (
        (camera.identity.driver.lower() in _VIRTUAL_DRIVERS, Obstacle.VIRTUAL),
        (camera.seat != seat, Obstacle.OTHER_SEAT),
        (not camera.supported, Obstacle.FORMAT),
        (wrong_kind, Obstacle.KIND),
        (not _is_trusted(camera, known), Obstacle.UNKNOWN),
        (_is_new(camera, known), Obstacle.NEW_WHILE_LOCKED),
    )
    return next((one for holds, one in checks if holds), None)


def _is_trusted(camera: Camera, known: Known) -> bool:
    return known.trusted is None or camera.identity in known.trusted


def _is_new(camera: Camera, known: Known) -> bool:
    """A camera inside the case comes anew after each sleep of many machines; nobody plugs it in."""
    own = known.trusted is not None and camera.identity in known.trusted
    if known.before_lock is None or (camera.built_in and own):
        return False
    return (camera.identity, camera.connection) not in known.before_lock


def usable(
    cameras: Sequence[Camera], known: Known, *, infrared: str, seat: str = "seat0"
) -> list[Camera]:
    """Those that may be taken, in the order in which to try them: infrared ones first."""
    found = [one for one in cameras if obstacle(one, known, infrared=infrared, seat=seat) is None]
    return sorted(found, key=lambda one: not one.infrared)


def unsupported_format(camera: Camera) -> str:
    """One line for a person about a camera whose pictures cannot be decoded."""
    formats = ", ".join(one.strip() for one in camera.formats) or "none"
    return f"{camera.path}: format {formats} is not supported"


def offered(cameras: Sequence[Camera], trusted: Collection[Identity]) -> list[Camera]:
    """Cameras that the owner could be asked about: real, of a kind that works, not yet trusted."""
    return [
        one
        for one in cameras
        if one.identity not in trusted
        and obstacle(one, Known(), infrared="prefer", seat=one.seat) is None
    ]
