"""The interface itself. The file in `systemd/` is made of it: see `daemon.api.__main__`."""

from daemon.api import fields
from daemon.api.names import (
    INTERFACE_NAME,
    LONGEST_PAUSE_SECONDS,
    UNTIL_RESUMED,
    Error,
    Event,
    Guidance,
    Outcome,
    Progress,
    Reason,
    State,
    Verdict,
)
from daemon.api.preview import PREVIEW_FORMAT
from daemon.api.schema import Argument, Interface, Method, Property, Signal

_USERNAME = Argument("username", "s", "Login name; empty: the caller's own user.")
_APPEARANCE = Argument("appearance", "s", "Name of an appearance.")
_REQUEST = Argument("request", "u", "Number of the request; it is the caller's alone.")

_NOT_NOW = (
    Error.NO_SESSION,
    Error.REMOTE_SESSION,
    Error.INACTIVE_SESSION,
    Error.LID_CLOSED,
    Error.ASLEEP,
)
_NEEDS_POLKIT = (Error.NOT_PERMITTED, Error.NOT_AUTHORIZED)

_METHODS = (
    Method(
        "StartVerify",
        "Tells whether the user is in front of the camera. The user itself or root may ask. The"
        " reply comes first, then VerifyProgress as things change, then VerifyFinished once."
        " Requests about one user share an attempt. A caller that leaves the bus ends its request."
        " For the service polkit-1 refused while polkit asks somebody on our behalf: what is to be"
        " done to faces, a face does not allow.",
        (_USERNAME, Argument("options", "a{sv}", "", keys=fields.VERIFY_OPTIONS)),
        (_REQUEST,),
        (
            Error.NOT_PERMITTED,
            *_NOT_NOW,
            Error.PAUSED,
            Error.ABSENCE_NEEDED,
            Error.ATTEMPTS_PAUSED,
            Error.LOCKED_OUT,
            Error.NOT_ENROLLED,
            Error.NOT_ENABLED,
            Error.OTHER_MODEL,
            Error.TOO_MANY_REQUESTS,
            Error.BUSY,
            Error.NO_MODEL,
            Error.STORE_PROBLEM,
        ),
    ),
    Method(
        "StopVerify",
        "Ends a request; VerifyFinished follows with the reason `stopped`.",
        (_REQUEST,),
        errors=(Error.NO_SUCH_REQUEST,),
    ),
    Method(
        "Status",
        "How things are, and what concerns the caller's own user.",
        outputs=(Argument("status", "a{sv}", "", keys=fields.STATUS),),
    ),
    Method(
        "Pause",
        "Stops all recognition and releases the camera. Asked from an active local session or by"
        " root. A pause belongs to who set it and outlasts a restart; a second one of the same user"
        " replaces it.",
        (Argument("seconds", "u", f"How long, at most {LONGEST_PAUSE_SECONDS}; 0: until Resume."),),
        errors=(Error.NOT_PERMITTED, *_NOT_NOW[:3], Error.TOO_MANY_REQUESTS),
    ),
    Method(
        "Resume",
        "Ends the caller's pause, for root everybody's; does nothing where there is none. Refused"
        " where somebody else's still holds. The same callers as Pause.",
        errors=(Error.NOT_PERMITTED, *_NOT_NOW[:3]),
    ),
    Method(
        "Wake",
        "Says that the caller's own user touched something: an attempt is worth it now. Also counts"
        " as the key press that the configuration may ask for after locking by hand.",
        errors=_NOT_NOW,
    ),
    Method(
        "ReportDisplays",
        "Says whether a display of the caller's session is on, until the caller leaves the bus."
        " Believed only to close the camera: while all are off nobody is watched for, unless the"
        " configuration or `watch-dark` of ReportUse says otherwise. Of a caller that belongs to no"
        " session it holds for all of its user.",
        (Argument("on", "b", "Whether one is."),),
        errors=(Error.TOO_MANY_REQUESTS,),
    ),
    Method(
        "ReportUse",
        "Says how the caller's session is used, until the caller says otherwise or leaves the bus:"
        " each report takes the place of the one before. Believed only to look less or to lock"
        " more, and where `watch-dark` says so to look now and then at the caller's own session"
        " while it is locked and dark. Who reports is to lock the session at the event `lock`:"
        " while nobody does, nobody is looked for. Of a caller that belongs to no session it holds"
        " for all of its user.",
        (Argument("use", "a{sv}", "", keys=fields.USE),),
        errors=(Error.TOO_MANY_REQUESTS,),
    ),
    Method(
        "PasswordUsed",
        "Says that this user has just typed the right password: failed attempts are forgotten."
        " Root alone may say so, for PAM.",
        (Argument("username", "s", "Login name."),),
        errors=(Error.NOT_PERMITTED, Error.NOT_ENROLLED),
    ),
    Method(
        "SetUnlocking",
        "Whether sessions of the caller's own user are unlocked unasked when their owner is seen."
        " On: from an active local session, as polkit decides; off: from anywhere. Kept over a"
        " restart. StartVerify works as before.",
        (Argument("on", "b", "Whether they are."),),
        errors=(*_NEEDS_POLKIT, *_NOT_NOW[:3], Error.STORE_PROBLEM),
    ),
    Method(
        "History",
        "The last decisions about the caller's own user, oldest first; about anybody for root.",
        (Argument("options", "a{sv}", "", keys=fields.HISTORY_OPTIONS),),
        (Argument("decisions", "aa{sv}", "", keys=fields.DECISION),),
        (Error.NOT_PERMITTED,),
    ),
    Method(
        "ListUsers",
        "Who is enrolled: everybody for root, else the caller's own user alone.",
        outputs=(Argument("usernames", "as", "Sorted."),),
        errors=(Error.STORE_PROBLEM,),
    ),
    Method(
        "ListAppearances",
        "The appearances of a user; of another user as polkit decides.",
        (_USERNAME,),
        (
            Argument(
                "appearances",
                "aa{sv}",
                "Empty where nobody of that name is enrolled.",
                keys=fields.APPEARANCE,
            ),
        ),
        (*_NEEDS_POLKIT, Error.STORE_PROBLEM),
    ),
    Method(
        "RemoveAppearance",
        "Removes every appearance of that name, whichever model made it; as polkit decides.",
        (_USERNAME, _APPEARANCE),
        errors=(*_NEEDS_POLKIT, Error.NOT_ENROLLED, Error.NO_SUCH_APPEARANCE, Error.STORE_PROBLEM),
    ),
    Method(
        "RenameAppearance",
        "Gives an appearance another name; as polkit decides.",
        (_USERNAME, _APPEARANCE, Argument("new_name", "s", "The name it gets.")),
        errors=(
            *_NEEDS_POLKIT,
            Error.NOT_ENROLLED,
            Error.NO_SUCH_APPEARANCE,
            Error.APPEARANCE_EXISTS,
            Error.STORE_PROBLEM,
        ),
    ),
    Method(
        "RevertAppearance",
        "Forgets what an appearance learnt after its enrolment, or all did; as polkit decides.",
        (_USERNAME, Argument("appearance", "s", "Its name; empty: all of them.")),
        errors=(*_NEEDS_POLKIT, Error.NOT_ENROLLED, Error.NO_SUCH_APPEARANCE, Error.STORE_PROBLEM),
    ),
    Method(
        "RemoveUser",
        "Removes all that is stored about a user, and checks that it is gone; as polkit decides.",
        (_USERNAME,),
        (
            Argument("removed", "as", "The files that are gone."),
            Argument("doubts", "as", "Lines for a person: what may hold the templates still."),
        ),
        errors=(*_NEEDS_POLKIT, Error.NOT_ENROLLED, Error.STORE_PROBLEM),
    ),
    Method(
        "StartEnrol",
        "Takes a new appearance of the user; as polkit decides. The reply comes first, then"
        " EnrolGuidance, then EnrolFinished once; nothing is stored before that. One enrolment at"
        " a time, and no attempt meanwhile. A caller that leaves the bus ends its request.",
        (_USERNAME, _APPEARANCE, Argument("options", "a{sv}", "", keys=fields.ENROL_OPTIONS)),
        (_REQUEST,),
        (
            *_NEEDS_POLKIT,
            *_NOT_NOW,
            Error.PAUSED,
            Error.APPEARANCE_EXISTS,
            Error.TOO_MANY_APPEARANCES,
            Error.TOO_MANY_REQUESTS,
            Error.BUSY,
            Error.NO_MODEL,
            Error.STORE_PROBLEM,
        ),
    ),
    Method(
        "StopEnrol",
        "Ends an enrolment and stores nothing; EnrolFinished follows with `stopped`, or with what"
        " came of it where it was being written down.",
        (_REQUEST,),
        errors=(Error.NO_SUCH_REQUEST,),
    ),
    Method(
        "OpenPreview",
        "The pictures of the caller's own enrolment, as they come. A second call takes the place of"
        " the first.",
        (_REQUEST,),
        (Argument("stream", "h", PREVIEW_FORMAT),),
        (Error.NO_SUCH_REQUEST,),
    ),
    Method(
        "ListCameras",
        "The cameras that are connected, and those that are trusted. Asked from an active local"
        " session or by root.",
        outputs=(Argument("cameras", "aa{sv}", "", keys=fields.CAMERA),),
        errors=(Error.NOT_PERMITTED, *_NOT_NOW[:3]),
    ),
    Method(
        "TrustCamera",
        "From now on this camera may be taken where the configuration names none; as polkit"
        " decides. One that was plugged in while a session is locked waits until none is.",
        (Argument("camera", "s", "Its path, as ListCameras says it."),),
        errors=(*_NEEDS_POLKIT, *_NOT_NOW[:3], Error.NO_SUCH_CAMERA, Error.STORE_PROBLEM),
    ),
    Method(
        "ForgetCamera",
        "This camera is trusted no more; as polkit decides. Where it was the last, none is.",
        (Argument("camera", "s", "Its path or its identity, as ListCameras says it."),),
        errors=(*_NEEDS_POLKIT, *_NOT_NOW[:3], Error.NO_SUCH_CAMERA, Error.STORE_PROBLEM),
    ),
    Method(
        "CheckCamera",
        "Opens the camera for a few seconds at most and says what is wrong with its picture, above"
        " all whether it hangs upside down or on its side; recognises nobody. Asked from an active"
        " local session or by root.",
        outputs=(
            Argument(
                "word",
                "s",
                "`face-seen` for an upright face, `looking` where nobody was there to tell by.",
                words=(Progress, Guidance),
            ),
            Argument("problem", "s", "Why there were no pictures; empty where there were."),
        ),
        errors=(Error.NOT_PERMITTED, *_NOT_NOW, Error.PAUSED, Error.BUSY),
    ),
    Method(
        "Subscribe",
        "From now on the caller is sent Event about its own user, until it leaves the bus.",
        errors=(Error.TOO_MANY_REQUESTS,),
    ),
    Method("Unsubscribe", "No more Event for the caller."),
    Method(
        "Reload",
        "Reads the configuration again; a broken one changes nothing. Root, or as polkit decides.",
        errors=(*_NEEDS_POLKIT, Error.BROKEN_CONFIGURATION),
    ),
)

_SIGNALS = (
    Signal(
        "VerifyProgress",
        "How an attempt is going; sent on change only, at most ten times a second.",
        (
            _REQUEST,
            Argument("progress", "s", words=(Progress, Guidance)),
            Argument("details", "a{sv}", "", keys=fields.VERIFY_PROGRESS),
        ),
    ),
    Signal(
        "VerifyFinished",
        "The attempt has ended and the request is gone. Names nobody.",
        (
            _REQUEST,
            Argument("verdict", "s", "Only `matched` is a yes.", words=(Verdict,)),
            Argument("reason", "s", words=(Reason,)),
            Argument("details", "a{sv}", "", keys=fields.VERIFY_RESULT),
        ),
    ),
    Signal(
        "EnrolGuidance",
        "What the person should do next; at most ten times a second.",
        (
            _REQUEST,
            Argument("prompt", "s", words=(Guidance,)),
            Argument("details", "a{sv}", "", keys=fields.ENROL_GUIDANCE),
        ),
    ),
    Signal(
        "EnrolFinished",
        "The enrolment has ended and the request is gone.",
        (
            _REQUEST,
            Argument("outcome", "s", words=(Outcome,)),
            Argument("reason", "s", "One line for a person; empty where it succeeded."),
            Argument("details", "a{sv}", "", keys=fields.ENROL_RESULT),
        ),
    ),
    Signal(
        "Event",
        "Something happened to the subscriber's own user.",
        (
            Argument("event", "s", words=(Event,)),
            Argument("details", "a{sv}", "Each event has some of the keys.", keys=fields.EVENT),
        ),
    ),
)

_PROPERTIES = (
    Property("Version", "s", "Version of the service.", "const"),
    Property("State", "s", "What it is doing.", words=(State,)),
    Property("Embedder", "s", "Name of the model that recognises; empty where there is none."),
    Property(
        "CameraOnSeconds",
        "d",
        "Seconds the camera was open since the service started. Changes are told when it opens or"
        " closes; reading gives the figure of the moment.",
    ),
    Property(
        "PausedUntil",
        "x",
        f"Seconds since 1970 when the pause ends; 0: not paused; {UNTIL_RESUMED}: until Resume.",
    ),
)

INTERFACE = Interface(
    INTERFACE_NAME,
    "Recognises the owner of a session by the face. Errors carry one line for a person. All signals"
    " except PropertiesChanged are sent to one client only.",
    _METHODS,
    _SIGNALS,
    _PROPERTIES,
)
