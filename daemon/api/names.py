"""The names and words of the bus: what clients and service must agree on, letter by letter."""

from enum import StrEnum
from typing import TypeAlias

from enroll.guide.prompts import Prompt

BUS_NAME = "org.facelatch.Facelatch1"
OBJECT_PATH = "/org/facelatch/Facelatch1"
INTERFACE_NAME = "org.facelatch.Facelatch1"
SESSION_PATH = OBJECT_PATH + "/session"
"""With logind's id below it: an object for each session, to be read by its own user alone."""
SESSION_INTERFACE = "org.facelatch.Facelatch1.Session"
"""Of these objects: the properties Presence (s, a word of Presence) and Attentive (b)."""
ERROR_PREFIX = "org.facelatch.Facelatch1.Error."

LONGEST_NAME = 64
"""Characters of a user's or an appearance's name."""
LONGEST_SERVICE = 64
"""Characters of the options `service` and `tty`."""
LONGEST_HOST = 255
"""Characters of the option `remote-host`: those of a name of the DNS."""
POLKIT_SERVICE = "polkit-1"
"""The option `service` of an attempt that is to answer a dialogue of polkit's."""
LONGEST_ATTEMPT_SECONDS = 60.0
LONGEST_CHALLENGE_SECONDS = 60.0
"""By which an attempt is prolonged at most."""
LONGEST_ENROL_SECONDS = 300.0
MOST_DECISIONS = 200
"""Past decisions that are kept of a user."""
SHORTEST_LEAVE_SECONDS, LONGEST_LEAVE_SECONDS = 10.0, 3600.0
"""After which a session may be locked whose owner has left."""
LONGEST_PAUSE_SECONDS = 7 * 86_400
UNTIL_RESUMED = -1
"""`PausedUntil` while only `Resume` ends the pause."""


class Error(StrEnum):
    """Everything that can go wrong with a call. The value is the last part of the error's name.

    The error's message is one line for a person: what is wrong; what to do.
    """

    INVALID_ARGUMENTS = "InvalidArguments"
    """An argument or option is unknown, of the wrong type or out of bounds."""
    NOT_PERMITTED = "NotPermitted"
    """The caller may not ask this about that user, whatever else holds."""
    NOT_AUTHORIZED = "NotAuthorized"
    """polkit was asked, and the answer was no or the person dismissed its dialogue."""
    NO_SESSION = "NoSession"
    """There is no session that the request could be about."""
    REMOTE_SESSION = "RemoteSession"
    """The session is a remote one: whoever sits at the camera is not who asks."""
    INACTIVE_SESSION = "InactiveSession"
    """The session is not the one on the screen."""
    LID_CLOSED = "LidClosed"
    """The lid is closed, or nobody can tell whether it is."""
    ASLEEP = "Asleep"
    """The machine is going to sleep or has not woken up yet."""
    PAUSED = "Paused"
    """Somebody paused recognition."""
    ABSENCE_NEEDED = "AbsenceNeeded"
    """The user locked by hand and has not been seen to leave since."""
    ATTEMPTS_PAUSED = "AttemptsPaused"
    """Too many attempts failed; the next is allowed after a while."""
    LOCKED_OUT = "LockedOut"
    """Too many attempts failed; the password is needed once."""
    NOT_ENROLLED = "NotEnrolled"
    """The user has no appearances."""
    NOT_ENABLED = "NotEnabled"
    """The configuration does not let this user be recognised."""
    OTHER_MODEL = "OtherModel"
    """All appearances of the user were made by another model than the one that runs."""
    NO_SUCH_APPEARANCE = "NoSuchAppearance"
    """The user has no appearance of that name."""
    APPEARANCE_EXISTS = "AppearanceExists"
    """The user already has an appearance of that name."""
    TOO_MANY_APPEARANCES = "TooManyAppearances"
    """An appearance must be removed first."""
    NO_SUCH_CAMERA = "NoSuchCamera"
    """No camera of that path is connected, or none of that name is trusted."""
    NO_SUCH_REQUEST = "NoSuchRequest"
    """There is no running request of that number, or it is not the caller's."""
    TOO_MANY_REQUESTS = "TooManyRequests"
    """The caller, or everybody together, has too many requests running."""
    BUSY = "Busy"
    """An enrolment runs, which nothing else may share."""
    NO_MODEL = "NoModel"
    """A model is not installed, not prepared or damaged."""
    STORE_PROBLEM = "StoreProblem"
    """The templates cannot be read or written."""
    BROKEN_CONFIGURATION = "BrokenConfiguration"
    """The configuration on disk is wrong; the service goes on with the one it has."""
    STOPPING = "Stopping"
    """The service is ending."""
    INTERNAL = "Internal"
    """A fault of the service itself; its journal says more."""

    @property
    def bus_name(self) -> str:
        """The error name on the bus."""
        return ERROR_PREFIX + self.value


def error_of(bus_name: str) -> Error | None:
    """The error that a name on the bus stands for, None for what is not ours."""
    if not bus_name.startswith(ERROR_PREFIX):
        return None
    try:
        return Error(bus_name.removeprefix(ERROR_PREFIX))
    except ValueError:
        return None


class State(StrEnum):
    """What the service is doing: the property `State`. Where several hold, the first one here."""

    STOPPING = "stopping"
    STARTING = "starting"
    ASLEEP = "asleep"
    """The machine sleeps or is about to; the camera is released."""
    ENROLLING = "enrolling"
    LOOKING = "looking"
    """An attempt runs, at the full rate."""
    PAUSED = "paused"
    NO_MODEL = "no-model"
    """Nothing can be recognised; `Status` says why."""
    CAMERA_BUSY = "camera-busy"
    """The camera is wanted, and another program has it. Tried again by itself."""
    NO_CAMERA = "no-camera"
    """The camera is wanted, and there is none. Tried again by itself."""
    WATCHING = "watching"
    """The camera is open at a low rate: a session is locked and nobody is in the picture."""
    MINDING = "minding"
    """A session is idle: a short look now and then tells whether its owner is still there."""
    READY = "ready"
    """The camera is closed, nothing is asked."""


class Progress(StrEnum):
    """How an attempt is going: `VerifyProgress`. Any `Guidance` word of a face may come as well,
    and with `challenge` in the details what is asked of it."""

    WAITING = "waiting"
    """The camera is not open yet: busy, or being opened."""
    LOOKING = "looking"
    """Frames arrive; no face in them."""
    FACE_SEEN = "face-seen"
    """A face good enough to be judged."""


Guidance: TypeAlias = Prompt
"""What a person could do for a better picture, and the poses that an enrolment asks for."""


class Light(StrEnum):
    """What a frame says, for a test window: no more than a verdict about it alone would."""

    RED = "red"
    """Not the user's face."""
    AMBER = "amber"
    """Nobody can tell by this face."""
    GREEN = "green"
    """The user's face."""


class Verdict(StrEnum):
    """How an attempt ended. Only `matched` is a yes."""

    MATCHED = "matched"
    NOT_MATCHED = "not-matched"
    """A usable face was seen, and it is not the user's. Counts as a failed attempt."""
    UNDECIDED = "undecided"
    """Nobody could tell. Does not count, but for `not-live` and `challenge-failed`."""


class Reason(StrEnum):
    """Why an attempt ended as it did."""

    RECOGNISED = "recognised"
    NOT_RECOGNISED = "not-recognised"
    NO_FACE = "no-face"
    """None was found in the picture: nobody was there, or the face was covered by a mask."""
    NO_USABLE_FACE = "no-usable-face"
    """There was a face, never good enough; `guidance` in the details says what to do."""
    TOO_FEW_FRAMES = "too-few-frames"
    """A usable face was seen, but for too short a time to say yes or no."""
    NOT_LIVE = "not-live"
    """A face was presented that is not a living person's. Counts as a failed attempt."""
    LIVENESS_UNCLEAR = "liveness-unclear"
    """The user's face, perhaps; whether it is a living one could not be told."""
    CHALLENGE_FAILED = "challenge-failed"
    """The user's face, perhaps; what it was asked to do it did not do, in time and in order. Counts
    as a failed attempt."""
    NO_FRAMES = "no-frames"
    """The camera opened and delivered nothing in time."""
    CAMERA_BUSY = "camera-busy"
    NO_CAMERA = "no-camera"
    CAMERA_LOST = "camera-lost"
    STOPPED = "stopped"
    """`StopVerify` was called."""
    ASLEEP = "asleep"
    LID_CLOSED = "lid-closed"
    INACTIVE_SESSION = "inactive-session"
    PAUSED = "paused"
    ATTEMPTS_PAUSED = "attempts-paused"
    """Other attempts at the same user failed meanwhile, and a pause is on."""
    LOCKED_OUT = "locked-out"
    """Other attempts at the same user failed meanwhile: the password is needed."""
    NOT_ENROLLED = "not-enrolled"
    """The appearances were removed meanwhile."""
    NO_MODEL = "no-model"
    STOPPING = "stopping"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How an enrolment ended."""

    ENROLLED = "enrolled"
    FAILED = "failed"
    """Nothing was stored; the reason is one line for a person."""
    STOPPED = "stopped"
    """`StopEnrol` was called, or the client vanished; nothing was stored."""


class Presence(StrEnum):
    """Who is before an idle session, as far as a short look tells."""

    OWNER = "owner"
    SOMEBODY = "somebody"
    """A key was pressed, or there is a face that is not, or not surely, the owner's."""
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    """It is locked, nobody may be looked at, or no face is in a picture that is dark or moves."""


class Event(StrEnum):
    """What a subscribed client is told about its own user: the signal `Event`."""

    UNLOCKED = "unlocked"
    """A session was unlocked. Details: session, milliseconds, away-seconds, advice."""
    LEFT = "left"
    """The owner has not been seen for the configured absence."""
    REFUSED = "refused"
    """An attempt failed. Details: count (since the last success). Names nobody."""
    ATTEMPTS_PAUSED = "attempts-paused"
    """Details: retry-after-seconds."""
    LOCKED_OUT = "locked-out"
    CLEARED = "cleared"
    """`PasswordUsed` was called: attempts are at zero."""
    ENROLLED = "enrolled"
    """An appearance was stored."""
    APPEARANCES_CHANGED = "appearances-changed"
    """Appearances were removed or renamed."""
    SWITCHED = "switched"
    """`SetUnlocking` was called. Details: unlocking."""
    CHALLENGE = "challenge"
    """What is asked of the owner before a locked session, to be shown there. Details: session,
    prompt (absent where nothing is asked any more)."""
    LEAVING = "leaving"
    """The owner of an idle session is not to be seen: it will be locked. Details: session, seconds
    (absent where it will not be after all)."""
    LOCK = "lock"
    """The owner has left: whoever can is to lock the session. Details: session."""
    ONLOOKER = "onlooker"
    """Somebody else has looked at an idle session's screen beside its owner, for longer than by
    chance. Details: session."""
    BRING_UP = "bring-up"
    """Somebody else sits there, whose locked session is in the back: whoever can is to bring that
    to the screen. Details: session (the one on the screen, locked), to."""
    PRESENCE = "presence"
    """Who is before a session is another now, where the configuration has presence.publish.
    Details: session, presence, attentive."""
    CAMERA_OFFERED = "camera-offered"
    """A camera is connected that nobody trusts yet; said once. Details: camera, path."""


class Advice(StrEnum):
    """What an event may advise."""

    NEW_APPEARANCE = "new-appearance"
    """Several unlockings were close: an appearance of these days would make them surer."""


class Action(StrEnum):
    """polkit's actions. One's own: authenticate as oneself; those of others: as administrator."""

    ENROL_OWN = "org.facelatch.Facelatch1.enrol-own"
    ENROL_OTHER = "org.facelatch.Facelatch1.enrol-other"
    EDIT_OWN = "org.facelatch.Facelatch1.edit-own"
    """Remove and rename."""
    EDIT_OTHER = "org.facelatch.Facelatch1.edit-other"
    LIST_OTHER = "org.facelatch.Facelatch1.list-other"
    SWITCH_OWN = "org.facelatch.Facelatch1.switch-own"
    """Switch the unlocking of one's own sessions on."""
    MANAGE_CAMERAS = "org.facelatch.Facelatch1.manage-cameras"
    """Say which cameras are trusted; as administrator."""
    RELOAD = "org.facelatch.Facelatch1.reload"
