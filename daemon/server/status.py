"""What `Status` says. Pure."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from daemon import policy
from daemon.api import State
from daemon.camera.job import CameraState
from daemon.policy import Target
from daemon.policy.lockout import Rung
from daemon.state.context import House
from daemon.system.logind import Session


def state_of(home: House, *, looking: bool, watching: bool) -> State:
    """What the service is doing: the first that holds, in the contract's order."""
    wanted = looking or watching
    holds = {
        State.STOPPING: home.stopping,
        State.STARTING: home.starting,
        State.ASLEEP: home.sessions.asleep,
        State.ENROLLING: home.enrolling,
        State.LOOKING: looking and home.camera.state is CameraState.OPEN,
        State.PAUSED: home.paused,
        State.NO_MODEL: bool(home.models.problem),
        State.CAMERA_BUSY: wanted and home.camera.state is CameraState.BUSY,
        State.NO_CAMERA: wanted and home.camera.state is CameraState.MISSING,
        State.WATCHING: watching and home.camera.state is CameraState.OPEN,
    }
    return next((state for state, true in holds.items() if true), State.READY)


def status_of(
    home: House,
    target: Target | None,
    properties: Mapping[str, Callable[[], Any]],
    requests: int,
) -> dict[str, Any]:
    """The dictionary; `target` is the caller's own user."""
    status = {
        "state": properties["State"](),
        "problem": home.models.problem or home.camera.problem,
        "version": properties["Version"](),
        "embedder": properties["Embedder"](),
        "precision": home.models.precision,
        "detector": home.models.detector or home.config.recognition.detector,
        "security": f"{home.config.recognition.security}",
        "models-loaded": home.models.loaded,
        "camera": home.camera.name or home.config.camera.source,
        "infrared": home.camera.infrared,
        "camera-on": home.camera.state is CameraState.OPEN,
        "camera-on-seconds": properties["CameraOnSeconds"](),
        "paused-until": properties["PausedUntil"](),
        "uptime-seconds": time.monotonic() - home.started,
        "configuration-problem": home.problem,
        "requests": requests,
    }
    return {**status, **(_of_user(home, target) if target is not None else {})}


def _of_user(home: House, target: Target) -> dict[str, Any]:
    standing = home.standing(target.username)
    own = [one for one in home.sessions.all if one.uid == target.uid]
    return {
        "looks": target.looks + target.other_looks,
        "failed-looks": standing.failures,
        "retry-after-seconds": standing.retry_after,
        "locked-out": standing.rung is Rung.PASSWORD,
        "unlocking": target.unlocking,
        "sessions": [_session(home, target, one) for one in own],
    }


def _session(home: House, target: Target, session: Session) -> dict[str, Any]:
    decision = policy.may_unlock(
        session,
        target,
        machine=home.machine,
        standing=home.standing(target.username),
        unlock=home.config.unlock,
        held=session.id in home.held_sessions,
    )
    return {
        "id": session.id,
        "locked": session.locked,
        "active": session.active,
        "remote": session.remote,
        "watched": session.id in home.watched,
        "obstacle": decision.error.value if isinstance(decision, policy.Denied) else "",
    }
