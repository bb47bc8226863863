"""What `Status` says. Pure but for which networks are on this machine."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from daemon import policy
from daemon.api import State
from daemon.camera.reports import CameraState
from daemon.policy import Target
from daemon.policy.lockout import LockoutState
from daemon.recognition.liveness import rule_of
from daemon.state.context import Context
from daemon.state.networks import is_prepared
from daemon.system.sessions import Session
from models.assets.catalogue import LIVENESS


def state_of(context: Context, *, attempting: bool, watching: bool) -> State:
    """What the service is doing: the first that holds, in the contract's order."""
    wanted = attempting or watching
    holds = {
        State.STOPPING: context.stopping,
        State.STARTING: context.starting,
        State.ASLEEP: context.sessions.asleep,
        State.ENROLLING: context.enrolling,
        State.LOOKING: attempting and context.camera.state is CameraState.OPEN,
        State.PAUSED: context.paused,
        State.NO_MODEL: bool(context.models.problem),
        State.CAMERA_BUSY: wanted and context.camera.state is CameraState.BUSY,
        State.NO_CAMERA: wanted and context.camera.state is CameraState.MISSING,
        State.WATCHING: watching and context.camera.state is CameraState.OPEN,
        State.MINDING: bool(context.leaving.minded or context.leaving.minded_dark),
    }
    return next((state for state, true in holds.items() if true), State.READY)


def status_of(
    context: Context,
    target: Target | None,
    properties: Mapping[str, Callable[[], Any]],
    requests: int,
) -> dict[str, Any]:
    """The dictionary; `target` is the caller's own user."""
    status = {
        "state": properties["State"](),
        "problem": context.models.problem or context.camera.problem,
        "version": properties["Version"](),
        "embedder": properties["Embedder"](),
        "better-embedder": _better(context),
        "precision": context.models.precision,
        "detector": context.models.detector or context.config.recognition.detector,
        "security": f"{context.config.recognition.security}",
        "liveness": _liveness(context),
        "models-loaded": context.models.loaded,
        "camera": context.camera.name or context.config.camera.source,
        "infrared": context.camera.infrared,
        "camera-on": context.camera.state is CameraState.OPEN,
        "camera-on-seconds": properties["CameraOnSeconds"](),
        "damaged-pictures": properties["DamagedPictures"](),
        "paused-until": properties["PausedUntil"](),
        "uptime-seconds": time.monotonic() - context.started,
        "configuration-problem": context.problem,
        "requests": requests,
    }
    return {**status, **(_of_user(context, target) if target is not None else {})}


def _better(context: Context) -> str:
    return context.embedder.better if context.config.recognition.embedder == "auto" else ""


def _liveness(context: Context) -> str:
    config = context.config
    rule = rule_of(config.liveness, config.camera.source)
    if rule is None:
        return "off"
    missing = [name for name in LIVENESS if not is_prepared(name)]
    return f"{rule.level}, weaker without {', '.join(missing)}" if missing else rule.level


def _of_user(context: Context, target: Target) -> dict[str, Any]:
    standing = context.standing(target.uid)
    own = [one for one in context.sessions.all if one.uid == target.uid]
    return {
        "appearances": target.appearances + target.other_appearances,
        "failed-attempts": standing.failures,
        "retry-after-seconds": standing.retry_after,
        "locked-out": standing.state is LockoutState.PASSWORD,
        "unlocking": target.unlocking,
        "leave-seconds": context.config.leave.seconds,
        "publishes-presence": context.config.presence.publish,
        "sessions": [_session(context, target, one) for one in own],
    }


def _session(context: Context, target: Target, session: Session) -> dict[str, Any]:
    decision = policy.may_unlock(
        session,
        target,
        machine=context.machine,
        standing=context.standing(target.uid),
        unlock=context.config.unlock,
        held=session.id in context.held_sessions,
    )
    dark = context.displays.dark(session)
    return {
        **({} if dark is None else {"dark": dark}),
        "id": session.id,
        "locked": session.locked,
        "active": session.active,
        "remote": session.remote,
        "watched": session.id in context.watched,
        "obstacle": decision.error.value if isinstance(decision, policy.Denied) else "",
    }
