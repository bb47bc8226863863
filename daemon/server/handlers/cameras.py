"""ListCameras, TrustCamera, ForgetCamera, CheckCamera: which cameras may be looked through."""

from collections.abc import Mapping
from typing import Any

from daemon import policy
from daemon.api import Error
from daemon.errors import RefusalError
from daemon.policy.cameras import Camera, Identity, Obstacle, obstacle, unsupported_format
from daemon.server.handlers.access import Access, require
from daemon.server.picture_check import PictureCheck
from daemon.state.context import Context
from daemon.state.requester import Requester
from models.errors import UsageError

Answer = tuple[Any, ...]


class CameraHandlers:
    """Lists and changes what is known of cameras; who may is the policy's and polkit's to say."""

    def __init__(self, context: Context, access: Access, check: PictureCheck) -> None:
        self._context = context
        self._check = check
        self._access = access
        self._cameras = context.records.cameras

    async def list_cameras(self, requester: Requester) -> Answer:
        """Those that are connected, then those that are trusted and are not."""
        sessions, machine = self._context.sessions, self._context.machine
        caller = requester.now(sessions)
        require(policy.may_pause(caller, sessions=sessions.all, machine=machine))
        connected = await self._cameras.listed()
        trusted = self._cameras.record.known.trusted or frozenset()
        away = trusted - {camera.identity for camera in connected}
        rows = [self._described(camera) for camera in connected]
        return (rows + [_away(identity) for identity in sorted(away, key=str)],)

    async def trust_camera(self, requester: Requester, camera: str) -> Answer:
        """The camera at this path may be taken from now on."""
        await self._authorise(requester)
        found = await self._connected(camera)
        try:
            self._cameras.trust(found.identity)
        except UsageError as error:
            raise RefusalError(Error.INVALID_ARGUMENTS, error.message, error.hint) from None
        await self._changed(requester, f"camera {found.identity} is trusted")
        return ()

    async def forget_camera(self, requester: Requester, camera: str) -> Answer:
        """The camera of this path or identity is trusted no more."""
        await self._authorise(requester)
        identity = self._trusted(camera, await self._cameras.listed())
        self._cameras.forget(identity)
        await self._changed(requester, f"camera {identity} is trusted no more")
        return ()

    async def check_camera(self, requester: Requester) -> Answer:
        """What is wrong with the camera's picture, and why there was none."""
        sessions, machine = self._context.sessions, self._context.machine
        caller = requester.now(sessions)
        require(policy.may_check_camera(caller, sessions=sessions.all, machine=machine))
        return await self._check.word()

    async def _authorise(self, requester: Requester) -> None:
        await self._access.authorise(
            requester,
            lambda caller: policy.may_manage_cameras(
                caller, sessions=self._context.sessions.all, machine=self._context.machine
            ),
        )

    async def _connected(self, path: str) -> Camera:
        cameras = await self._cameras.listed()
        found = next((one for one in cameras if one.path == path), None)
        if found is None:
            raise _no_such_camera(path)
        why = obstacle(found, self._cameras.record.known, infrared="prefer", seat=found.seat)
        if why is Obstacle.FORMAT:
            raise RefusalError(Error.INVALID_ARGUMENTS, unsupported_format(found))
        if why is Obstacle.VIRTUAL:
            raise RefusalError(Error.INVALID_ARGUMENTS, f"{path}: {why}")
        return found

    def _trusted(self, camera: str, connected: tuple[Camera, ...]) -> Identity:
        names = {one.path: one.identity for one in connected}
        trusted = self._cameras.record.known.trusted or frozenset()
        for identity in trusted:
            if names.get(camera) == identity or str(identity) == camera:
                return identity
        raise _no_such_camera(camera)

    async def _changed(self, requester: Requester, what: str) -> None:
        # First: whoever asks may leave while the disk is waited for.
        self._context.audit.record(what, {"requester": requester.origin()})
        self._context.changed()
        problem = await self._context.records.cameras_kept()
        if problem:
            raise RefusalError(Error.STORE_PROBLEM, problem)

    def _described(self, camera: Camera) -> Mapping[str, Any]:
        known, wish = self._cameras.record.known, self._context.config.camera.infrared
        why = obstacle(camera, known, infrared=wish)
        reason = unsupported_format(camera) if why is Obstacle.FORMAT else why or ""
        return {
            "path": camera.path,
            "name": camera.name,
            "identity": str(camera.identity),
            "trusted": camera.identity in (known.trusted or ()),
            "infrared": camera.infrared,
            "built-in": camera.built_in,
            "obstacle": str(reason),
        }


def _away(identity: Identity) -> Mapping[str, Any]:
    return {
        "path": "",
        "name": "",
        "identity": str(identity),
        "trusted": True,
        "infrared": False,
        "built-in": False,
        "obstacle": "it is not connected",
    }


def _no_such_camera(camera: str) -> RefusalError:
    return RefusalError(
        Error.NO_SUCH_CAMERA,
        f"there is no such camera: {camera[:80]!r}",
        "facelatch camera list names them",
    )
