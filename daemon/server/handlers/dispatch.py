"""Which handler answers which method of the contract."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.server.handlers.access import Access
from daemon.server.handlers.cameras import CameraHandlers
from daemon.server.handlers.enrol import EnrolHandlers
from daemon.server.handlers.reports import ReportHandlers
from daemon.server.handlers.settings import SettingsHandlers
from daemon.server.handlers.subscriptions import SubscriptionHandlers
from daemon.server.handlers.templates import TemplateHandlers
from daemon.server.handlers.verify import VerifyHandlers
from daemon.state.context import Context

Handler = Callable[..., Awaitable[Sequence[Any]]]
"""Takes a Requester and the method's arguments; gives its outputs, or raises RefusalError."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The handlers by topic; each method of the contract is a method of one of them."""

    verify: VerifyHandlers
    enrol: EnrolHandlers
    templates: TemplateHandlers
    settings: SettingsHandlers
    cameras: CameraHandlers
    reports: ReportHandlers
    subscriptions: SubscriptionHandlers


class Dispatcher:
    """Implements `dbus_object.Handlers`. Each of `on_client_gone` is told of a client that left."""

    def __init__(
        self,
        context: Context,
        access: Access,
        topics: Topics,
        on_client_gone: Sequence[Callable[[str], None]],
    ) -> None:
        self._context = context
        self._access = access
        self._methods = _methods(topics)
        self._on_client_gone = tuple(on_client_gone)

    async def call(
        self, caller: Caller, member: str, arguments: Sequence[Any], *, interactive: bool
    ) -> Sequence[Any]:
        """The outputs of a method of the contract; raises RefusalError."""
        if self._context.stopping:
            raise RefusalError(Error.STOPPING, "the service is ending")
        requester = await self._access.requester(caller, interactive=interactive)
        return await self._methods[member](requester, *arguments)

    def client_gone(self, name: str) -> None:
        """Whatever this client asked for ends, and it is told nothing more."""
        for listener in self._on_client_gone:
            listener(name)


def _methods(topics: Topics) -> dict[str, Handler]:
    return {
        "StartVerify": topics.verify.start_verify,
        "StopVerify": topics.verify.stop_verify,
        "Status": topics.verify.status,
        "History": topics.verify.history,
        "Pause": topics.settings.pause,
        "Resume": topics.settings.resume,
        "Wake": topics.settings.wake,
        "PasswordUsed": topics.settings.password_used,
        "SetUnlocking": topics.settings.set_unlocking,
        "Reload": topics.settings.reload,
        "ListUsers": topics.templates.list_users,
        "ListAppearances": topics.templates.list_appearances,
        "RemoveAppearance": topics.templates.remove_appearance,
        "RenameAppearance": topics.templates.rename_appearance,
        "RevertAppearance": topics.templates.revert_appearance,
        "RemoveUser": topics.templates.remove_user,
        "StartEnrol": topics.enrol.start_enrol,
        "StopEnrol": topics.enrol.stop_enrol,
        "OpenPreview": topics.enrol.open_preview,
        "ListCameras": topics.cameras.list_cameras,
        "TrustCamera": topics.cameras.trust_camera,
        "ForgetCamera": topics.cameras.forget_camera,
        "CheckCamera": topics.cameras.check_camera,
        "ReportDisplays": topics.reports.report_displays,
        "ReportUse": topics.reports.report_use,
        "Subscribe": topics.subscriptions.subscribe,
        "Unsubscribe": topics.subscriptions.unsubscribe,
    }
