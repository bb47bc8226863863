"""The sections of the configuration: every setting with its bounds, default and meaning, once.

A section made in code is checked as one read from a file is; it raises UsageError. Cross-checks
between settings of a section are its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from daemon.api import (
    LONGEST_ATTEMPT_SECONDS,
    LONGEST_CHALLENGE_SECONDS,
    LONGEST_LEAVE_SECONDS,
    LONGEST_NAME,
    SHORTEST_LEAVE_SECONDS,
)
from daemon.config.fields import Section as _Section
from daemon.config.fields import setting as _setting
from daemon.config.unlock_methods import UnlockMethod
from daemon.config.validators import (
    Choice,
    ChoiceOrNumber,
    ChoiceOrPattern,
    Flag,
    MethodsByUser,
    Number,
    Text,
    Texts,
    Whole,
)
from models.assets.catalogue import MODELS
from models.errors import UsageError

# What useradd, systemd and directories of users agree on, a name from a directory service
# ("ada@example.org") included.
_USER = Text("a login name", LONGEST_NAME, re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@$-]*"))
_EMBEDDERS = ("auto", *(model.name for model in MODELS.values() if model.kind == "embedder"))
_TRAINED = re.compile(r"siamese:[a-z0-9][a-z0-9_-]{0,31}")
_DETECTORS = tuple(model.name for model in MODELS.values() if model.kind == "detector")
_DAY = 86_400.0

SECURITY_LEVELS = ("convenient", "standard", "strict")
"""False-accept rates of 1e-3, 1e-4 and 1e-5."""
LIVENESS_LEVELS = ("convenient", "standard", "strict")
AUTO_SOURCE = "auto"


@dataclass(frozen=True, slots=True)
class Camera(_Section):
    """Which camera, and how it is read."""

    source: str = _setting(
        AUTO_SOURCE,
        Text("a source of frames", 4096),
        "auto, or a path such as /dev/v4l/by-path/..., or what --source takes",
    )
    infrared: str = _setting(
        "prefer",
        Choice(("prefer", "only", "never")),
        "whether auto takes an infrared camera, known by its pixel formats",
    )
    rotate: int = _setting(
        0,
        Whole(0, 270),
        "by how many degrees pictures are turned clockwise: 90, 180 or 270 for a camera that hangs "
        "on its side or upside down",
    )
    full_rate: float = _setting(
        30.0, Number(1, 120), "frames a second that are analysed while a face is in view"
    )
    open_seconds: float = _setting(5.0, Number(0.5, 60), "longest time the camera takes to open")
    frame_seconds: float = _setting(
        3.0, Number(0.2, 60), "longest time without a frame before the camera counts as lost"
    )
    retry_seconds: float = _setting(
        2.0, Number(0.1, 300), "between two tries of a camera that is busy or absent"
    )

    def _check_together(self) -> None:
        if self.rotate % 90:
            raise UsageError("rotate is 0, 90, 180 or 270")


@dataclass(frozen=True, slots=True)
class Recognition(_Section):
    """Which models, and how sure they must be."""

    embedder: str = _setting(
        "auto",
        ChoiceOrPattern(Choice(_EMBEDDERS), _TRAINED, "siamese:mine"),
        "auto: the first that is installed",
    )
    detector: str = _setting("mtcnn", Choice(_DETECTORS), "what finds faces")
    precision: str = _setting(
        "auto", Choice(("auto", "int8", "float32")), "auto: what the model's measurements favour"
    )
    threads: int = _setting(1, Whole(1, 16), "processor cores that a network may use")
    min_face: int = _setting(60, Whole(24, 1000), "smallest face searched for, in pixels")
    security: str | float = _setting(
        "standard",
        ChoiceOrNumber(Choice(SECURITY_LEVELS), Number(2e-6, 1e-2)),
        "a level, or a false-accept rate of your own",
    )
    allow_weak: bool = _setting(
        False, Flag(), "unlock by a trained network (siamese:NAME) that tells people apart badly"
    )


@dataclass(frozen=True, slots=True)
class Unlock(_Section):
    """Whose sessions are unlocked, and how."""

    enabled: bool = _setting(True, Flag(), "watch for the owners of locked sessions at all")
    users: tuple[str, ...] = _setting(
        (), Texts(_USER), "who may be recognised; empty: everybody who is enrolled"
    )
    greeter: bool = _setting(False, Flag(), "recognise people at the login screen too")
    absence_seconds: float = _setting(
        8.0, Number(0.5, 3600), "how long the owner must be out of view to have left"
    )
    key_press_seconds: float = _setting(
        0.0,
        Number(1, 3600, zero="never"),
        "after locking by hand, a key press unlocks again once this long has passed",
    )
    without_hint: bool = _setting(
        False,
        Flag(),
        "also through logind where the session does not say that it is locked, as with xss-lock",
    )
    methods: Mapping[str, tuple[UnlockMethod, ...]] = _setting(
        MappingProxyType({"*": (UnlockMethod("logind"),)}),
        MethodsByUser(_USER),
        'by user, "*" for all others: logind, signal PROGRAM or command /PATH ARGUMENT...',
    )

    def methods_of(self, username: str) -> tuple[UnlockMethod, ...]:
        """How a session of this user is unlocked; () where in no way."""
        return self.methods.get(username, self.methods.get("*", ()))

    def lets(self, username: str) -> bool:
        """Whether this user may be recognised at all."""
        return not self.users or username in self.users


@dataclass(frozen=True, slots=True)
class Attempts(_Section):
    """What failed attempts lead to. Only those at a face that is not the owner's count."""

    before_pause: int = _setting(3, Whole(1, 20), "failed attempts in a row before the first pause")
    first_pause_seconds: float = _setting(30.0, Number(1, 3600), "the first pause")
    pause_growth: float = _setting(2.0, Number(1, 10), "how many times longer each pause is")
    longest_pause_seconds: float = _setting(900.0, Number(1, _DAY), "no pause is longer")
    before_password: int = _setting(
        8, Whole(1, 100), "failed attempts in a row before the password is needed once"
    )

    def _check_together(self) -> None:
        if self.before_password < self.before_pause:
            raise UsageError("before_password must not be less than before_pause")
        if self.longest_pause_seconds < self.first_pause_seconds:
            raise UsageError("longest_pause_seconds must not be less than first_pause_seconds")


@dataclass(frozen=True, slots=True)
class Schedule(_Section):
    """When the camera is on, and how fast it is read while a locked session is watched."""

    idle_rate: float = _setting(
        2.0, Number(0.2, 30), "frames a second while nobody is in the picture"
    )
    motion_gate: bool = _setting(
        True, Flag(), "analyse only frames that differ from the one before"
    )
    motion_threshold: float = _setting(
        0.02, Number(0.001, 0.5), "share of the picture that must differ"
    )
    blind_seconds: float = _setting(
        5.0, Number(0.5, 60), "a frame is analysed this often even where nothing moves"
    )
    linger_seconds: float = _setting(
        2.0, Number(0.2, 60), "how long the full rate goes on after the last face"
    )
    watch_seconds: float = _setting(
        600.0,
        Number(5, _DAY, zero="without end"),
        "how long a locked session is watched after it was locked or something woke the camera",
    )
    untold_seconds: float = _setting(
        60.0,
        Number(5, _DAY, zero="without end"),
        "the same where no program, such as the agent, tells whether its displays are on",
    )
    dark_screen: bool = _setting(
        False, Flag(), "watch also while the displays are off: walking up is enough"
    )
    dark_look_every: float = _setting(
        5.0, Number(1, 60), "seconds between short looks then, for users who want it woken"
    )
    close_seconds: float = _setting(
        0.3, Number(0, 30), "how long the camera stays open after the last attempt"
    )

    def _check_together(self) -> None:
        if 1 / self.idle_rate > self.blind_seconds:
            raise UsageError("blind_seconds must not be less than the time between idle frames")


@dataclass(frozen=True, slots=True)
class Requests(_Section):
    """What clients may ask for."""

    attempt_seconds: float = _setting(
        10.0, Number(1, LONGEST_ATTEMPT_SECONDS), "longest attempt, whatever the client asks for"
    )
    per_user: int = _setting(8, Whole(1, 64), "running requests of one user")
    most: int = _setting(64, Whole(1, 1024), "running requests of all clients")

    def _check_together(self) -> None:
        if self.most < self.per_user:
            raise UsageError("most must not be less than per_user")


@dataclass(frozen=True, slots=True)
class Loading(_Section):
    """When the models are in memory."""

    when: str = _setting("start", Choice(("start", "need")), "load at start, or when first needed")
    unload_seconds: float = _setting(
        0.0, Number(5, _DAY, zero="never"), "unload after this long without an attempt"
    )


@dataclass(frozen=True, slots=True)
class Audit(_Section):
    """What the journal is told; never a picture."""

    distances: bool = _setting(
        False, Flag(), "with distances and thresholds; who reads them can walk toward a match"
    )
    denials: bool = _setting(True, Flag(), "also requests that were refused before any attempt")
    undecided: bool = _setting(True, Flag(), "also attempts that decided nothing")


@dataclass(frozen=True, slots=True)
class Adaptation(_Section):
    """Whether appearances follow their owners as these change: see `enroll.adaptation`."""

    enabled: bool = _setting(
        False, Flag(), "learn from visits that leave no doubt, one embedding an appearance and day"
    )
    most: int = _setting(
        # Not more than enroll.template.MOST_ADAPTED, which would bring NumPy with it.
        5,
        Whole(1, 8),
        "embeddings that an appearance learns; the oldest goes first",
    )


@dataclass(frozen=True, slots=True)
class Liveness(_Section):
    """Whether a face must be a living one, and how sure that must be: see docs/liveness.md."""

    enabled: bool = _setting(
        True, Flag(), "a match needs a living face; the built-in demo is exempt"
    )
    level: str = _setting(
        "standard",
        Choice(LIVENESS_LEVELS),
        "how sure; convenient lets more doubt pass, standard asks for a few movements when in"
        " doubt, strict always",
    )
    challenge_seconds: float = _setting(
        20.0,
        Number(5, LONGEST_CHALLENGE_SECONDS),
        "by how much an attempt is prolonged once it asks for movements",
    )
    attention: bool = _setting(
        True, Flag(), "eyes must be open and turned to the screen, where its networks are installed"
    )


@dataclass(frozen=True, slots=True)
class Leave(_Section):
    """Whether sessions are locked when their owners leave."""

    seconds: float = _setting(
        0.0,
        Number(SHORTEST_LEAVE_SECONDS, LONGEST_LEAVE_SECONDS, zero="never"),
        "locks a session whose owner was last seen, and nothing touched, so long ago; each user's"
        " agent may ask for another time",
    )
    look_every: float = _setting(
        5.0,
        Number(1, 60),
        "seconds between two short looks at an idle session whose owner is not in the picture",
    )
    limit: float = _setting(
        300.0,
        Number(10, _DAY),
        "how long a face turned away, something that moves or a dark picture counts as the owner",
    )
    stranger: bool = _setting(
        False, Flag(), "locks within seconds where somebody else sits alone before an idle session"
    )
    battery: float = _setting(
        0.2, Number(0, 1), "on battery nobody is looked at below this share of it"
    )
    onlooker: float = _setting(
        0.0,
        Number(2, 60, zero="never"),
        "tells the owner when somebody else looked at the screen for so many seconds; only in the"
        " looks at idle sessions that there are anyway",
    )


@dataclass(frozen=True, slots=True)
class Presence(_Section):
    """Whether a user's programs may know who is before an idle session of theirs."""

    publish: bool = _setting(
        False, Flag(), "tells them nobody, somebody, owner or unknown, and nothing else"
    )
    look_every: float = _setting(
        5.0, Number(0.5, 60), "seconds between two short looks at an idle session"
    )


@dataclass(frozen=True, slots=True)
class Switch(_Section):
    """Whose session is on the screen, where several people are logged in."""

    on_face: bool = _setting(
        False,
        Flag(),
        "where the session on the screen is locked, brings that of whoever sits there to the"
        " screen instead, locked as it is",
    )


@dataclass(frozen=True, slots=True)
class Pam(_Section):
    """What `facelatch pam enable` puts into the files of PAM; enable again after a change."""

    seconds: float = _setting(
        10.0, Number(2, LONGEST_ATTEMPT_SECONDS), "longest time that a password prompt waits"
    )
    greeter: str = _setting(
        "enter",
        Choice(("enter", "look")),
        "a login screen looks after Enter alone, or at once; sudo and polkit always wait for Enter",
    )


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; made without arguments it is the default one."""

    camera: Camera = field(default_factory=Camera)
    recognition: Recognition = field(default_factory=Recognition)
    unlock: Unlock = field(default_factory=Unlock)
    attempts: Attempts = field(default_factory=Attempts)
    schedule: Schedule = field(default_factory=Schedule)
    requests: Requests = field(default_factory=Requests)
    loading: Loading = field(default_factory=Loading)
    audit: Audit = field(default_factory=Audit)
    adaptation: Adaptation = field(default_factory=Adaptation)
    liveness: Liveness = field(default_factory=Liveness)
    leave: Leave = field(default_factory=Leave)
    presence: Presence = field(default_factory=Presence)
    switch: Switch = field(default_factory=Switch)
    pam: Pam = field(default_factory=Pam)

    def __post_init__(self) -> None:
        if self.schedule.idle_rate > self.camera.full_rate:
            raise UsageError("schedule.idle_rate must not be more than camera.full_rate")


SECTIONS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "camera": Camera,
        "recognition": Recognition,
        "unlock": Unlock,
        "attempts": Attempts,
        "schedule": Schedule,
        "requests": Requests,
        "loading": Loading,
        "audit": Audit,
        "adaptation": Adaptation,
        "liveness": Liveness,
        "leave": Leave,
        "presence": Presence,
        "switch": Switch,
        "pam": Pam,
    }
)
