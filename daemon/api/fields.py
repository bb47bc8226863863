"""The keys of every dictionary a{sv} on the bus; no others are sent, no others are taken."""

from daemon.api.names import (
    LONGEST_ATTEMPT_SECONDS,
    LONGEST_ENROL_SECONDS,
    LONGEST_HOST,
    LONGEST_LEAVE_SECONDS,
    LONGEST_SERVICE,
    MOST_DECISIONS,
    SHORTEST_LEAVE_SECONDS,
)
from daemon.api.schema import Key, Keys

VERIFY_OPTIONS: Keys = {
    "seconds": Key(
        "d",
        f"Longest attempt, above 0 and at most {LONGEST_ATTEMPT_SECONDS:g}; the configuration may"
        " cap it further. Default: the configured one.",
    ),
    "prompts": Key(
        "b",
        "The caller shows the person what VerifyProgress marks as a challenge. Only then one is"
        " asked, and adds the configured time for it to the attempt. Default: false.",
    ),
    "service": Key(
        "s",
        f"What asks, for the journal, such as sudo: at most {LONGEST_SERVICE} printable"
        " characters.",
    ),
    "tty": Key(
        "s",
        f"The terminal that the user types at, as PAM names it: at most {LONGEST_SERVICE} printable"
        " characters.",
    ),
    "remote-host": Key(
        "s",
        f"Where the user is, as PAM says it: at most {LONGEST_HOST} printable characters. Anything"
        " but empty is refused.",
    ),
    "details": Key("b", "Send boxes and lights with the signals. Default: false."),
}

VERIFY_PROGRESS: Keys = {
    "challenge": Key(
        "b",
        "Whether the word is a movement that is asked for, because it is in doubt whether the face"
        " is a living one; absent where not. Show it at once: there are seconds to answer.",
    ),
    "light": Key(
        "s",
        "With details, where there is a face. green: this frame shows the user; red: somebody else;"
        " amber: nobody can tell by it.",
    ),
    "distance": Key("d", "To the nearest appearance. With details, to root alone."),
    "threshold": Key("d", "Largest distance that is a match. With details, to root alone."),
    "quality": Key("d", "Quality of the picture of the face, 0 to 1. With details only."),
    "box": Key(
        "(dddd)",
        "Left, top, width, height of the face as shares of the picture. With details only.",
    ),
}

VERIFY_RESULT: Keys = {
    "frames": Key("u", "Frames that were analysed."),
    "milliseconds": Key("d", "From the request to the verdict."),
    "stages": Key("a{sd}", "Milliseconds by stage: open, first-frame, detect, embed, decide, ..."),
    "guidance": Key("s", "A word of Guidance: what to do, where the picture was the trouble."),
    "retry-after-seconds": Key(
        "d", "Until the next attempt is allowed, where attempts are paused."
    ),
    "locked-out": Key("b", "The password is needed once from now on; absent where it is not."),
    "distance": Key("d", "The deciding one, or the smallest seen. With details, to root alone."),
    "threshold": Key("d", "With details, to root alone."),
}

ENROL_OPTIONS: Keys = {
    "seconds": Key(
        "d", f"Longest time, above 0 and at most {LONGEST_ENROL_SECONDS:g}. Default: 60."
    ),
    "replace": Key("b", "Put it in place of an appearance of the same name. Default: false."),
    "alike": Key(
        "b",
        "Store it also where another enrolled user's face is much the same, such as one's own under"
        " another name. Default: false.",
    ),
}

ENROL_GUIDANCE: Keys = {
    "progress": Key("d", "0 to 1, never falling."),
    "quality": Key("d", "Quality of the face, 0 to 1; absent while there is none."),
    "box": Key("(dddd)", "Left, top, width, height of the face as shares of the picture."),
    "yaw": Key("d", "Degrees, positive toward the right of the picture."),
    "pitch": Key("d", "Degrees, positive upward."),
    "covered": Key("as", "Poses that are done, as words of guidance."),
    "pictures": Key("u", "Pictures taken so far."),
}

ENROL_RESULT: Keys = {
    "pictures": Key("u", "Pictures that the appearance was made of."),
    "quality": Key("d", "Their quality, 0 to 1."),
    "score": Key("d", "How good the enrolment is, 0 to 1."),
    "expected-false-reject": Key("d", "Share of attempts expected to fail, 0 to 1, where known."),
    "advice": Key("as", "Lines for a person."),
}

APPEARANCE: Keys = {
    "name": Key("s", "Name of the appearance."),
    "created": Key("s", "UTC, such as 2025-03-01T12:00:00Z."),
    "model": Key("s", "Id of the model that made it."),
    "pictures": Key("u", "Pictures it was made of."),
    "usable": Key("b", "Whether the running model made it."),
    "quality": Key("d", "Quality of its pictures, 0 to 1; absent where nobody wrote it down."),
    "adapted": Key("u", "Embeddings that it learnt after its enrolment."),
    "uses": Key("t", "How often its owner was recognised by it."),
    "last-used": Key("s", "When last, in UTC; absent where never."),
    "camera": Key("s", "The camera that took its pictures; absent where nobody wrote it down."),
}

SESSION: Keys = {
    "id": Key("s", "logind's id."),
    "locked": Key("b", "Whether it is locked."),
    "active": Key("b", "Whether it is on the screen."),
    "remote": Key("b", "Whether it is a remote one."),
    "watched": Key("b", "Whether its owner is being watched for."),
    "dark": Key("b", "Whether its displays are off; absent where no program says."),
    "obstacle": Key("s", "Why it would not be unlocked now: the last part of an error's name."),
}

STATUS: Keys = {
    "state": Key("s", "As the property State."),
    "problem": Key("s", "One line for a person; empty where all is well."),
    "version": Key("s", "As the property Version."),
    "embedder": Key("s", "As the property Embedder."),
    "better-embedder": Key(
        "s",
        "A better one that is installed and not used, since people are enrolled with this one;"
        " empty where there is none.",
    ),
    "precision": Key("s", "float32 or int8; empty while no model is loaded."),
    "detector": Key("s", "Name of the detector."),
    "security": Key("s", "The configured security level."),
    "liveness": Key(
        "s", "off, or the configured level; and that it is weaker, where networks are missing."
    ),
    "models-loaded": Key("b", "Whether the models are in memory."),
    "camera": Key("s", "The camera in use or to be used; empty where there is none."),
    "infrared": Key("b", "Whether it is an infrared one."),
    "camera-on": Key("b", "Whether it is open now."),
    "camera-on-seconds": Key("d", "As the property CameraOnSeconds."),
    "damaged-pictures": Key("u", "Pictures of cameras that arrived damaged so far."),
    "paused-until": Key("x", "As the property PausedUntil."),
    "uptime-seconds": Key("d", "Since the service started."),
    "configuration-problem": Key("s", "Why the last reload was refused; empty where it was not."),
    "requests": Key("u", "Attempts and enrolments running, of everybody."),
    "protection": Key("s", "What the seal of the templates protects and what not, for a person."),
    "appearances": Key("u", "Of the caller's own user; absent where they cannot be read."),
    "failed-attempts": Key("u", "Of the caller's own user since the last success."),
    "retry-after-seconds": Key("d", "Until the next attempt at the caller's own user; 0: now."),
    "locked-out": Key("b", "Whether the caller's own user needs the password once."),
    "publishes-presence": Key("b", "Whether Event tells of presence, as configured."),
    "leave-seconds": Key(
        "d",
        "After which sessions are locked whose owners have left, as configured; 0: never.",
    ),
    "unlocking": Key(
        "b", "Whether the caller wants their own sessions unlocked unasked: see SetUnlocking."
    ),
    "sessions": Key("aa{sv}", "The caller's own sessions.", SESSION),
}

HISTORY_OPTIONS: Keys = {
    "username": Key("s", "Login name, for root only. Default: the caller's own user."),
    "most": Key("u", f"At most so many, the last ones. Default: {MOST_DECISIONS}."),
}

DECISION: Keys = {
    "time": Key("d", "Seconds since 1970."),
    "verdict": Key("s", "A verdict of VerifyFinished; unlocked; denied: there was no attempt."),
    "reason": Key("s", "A reason of VerifyFinished; for denied the last part of an error's name."),
    "requester": Key("s", "Who asked, for a person; empty where nobody did."),
    "service": Key("s", "What asked, such as sudo, as StartVerify was told."),
    "session": Key("s", "logind's id; empty where there was none."),
    "frames": Key("u", "Frames that were analysed."),
    "milliseconds": Key("d", "From the request, or the face's appearance, to the verdict."),
    "distance": Key(
        "d",
        "The deciding one, or the smallest seen. To root alone, where the configuration has"
        " audit.distances.",
    ),
    "threshold": Key("d", "Largest distance that is a match; absent as distance is."),
}

USE: Keys = {
    "idle-seconds": Key(
        "d",
        "How long there was no key or pointer; 0: it is in use until told otherwise; absent: the"
        " caller cannot tell, and logind's hint is believed.",
    ),
    "inhibited": Key("b", "Something keeps the desktop from becoming idle, such as a film."),
    "battery": Key("d", "Share of the battery that is left, 0 to 1; absent on mains."),
    "leave-seconds": Key(
        "d",
        "When the user wants the session to be locked after leaving it, from"
        f" {SHORTEST_LEAVE_SECONDS:g} to {LONGEST_LEAVE_SECONDS:g}; 0: never; absent: as"
        " configured.",
    ),
    "watch-dark": Key(
        "b",
        "The user wants to be looked for now and then while the displays of a locked session are"
        " off, and wakes the screen at the event unlocked.",
    ),
}

EVENT: Keys = {
    "session": Key("s", "logind's id."),
    "to": Key("s", "logind's id of the session that is to come to the screen."),
    "presence": Key("s", "A word of Presence."),
    "attentive": Key("b", "Whether whoever is there looks at the screen."),
    "seconds": Key("d", "Until it is locked; absent where it will not be."),
    "milliseconds": Key("d", "From the face's appearance to the verdict."),
    "advice": Key("s", "A word of advice, such as new-appearance; absent where there is none."),
    "away-seconds": Key("d", "How long the owner had not been seen; absent where unknown."),
    "count": Key("u", "Failed attempts since the last success."),
    "retry-after-seconds": Key("d", "Until the next attempt is allowed."),
    "unlocking": Key("b", "Whether it is on."),
    "prompt": Key("s", "A word of Guidance: what to do now."),
    "camera": Key("s", "What a camera calls itself."),
    "path": Key("s", "Where it is, such as /dev/video2."),
}

CAMERA: Keys = {
    "path": Key("s", "Such as /dev/video0; empty where it is not connected."),
    "name": Key("s", "What it calls itself, which decides nothing."),
    "identity": Key("s", "What it is known by: numbers, place, serial."),
    "trusted": Key("b", "Whether it is trusted."),
    "infrared": Key("b", "Whether it is an infrared one, by its formats."),
    "built-in": Key("b", "Whether the firmware says that it is inside the case."),
    "obstacle": Key("s", "Why it would not be taken now, for a person; empty where it would."),
}
