"""What polkit is asked, in which order, and what still holds when its dialogue is over."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.api import Error
from daemon.dbus.peer import Caller
from daemon.errors import RefusalError
from daemon.server.call_limits import CallLimits
from daemon.server.handlers.access import Access
from daemon.server.handlers.enrol import EnrolHandlers
from daemon.server.handlers.templates import TemplateHandlers
from daemon.server.handlers.verify import VerifyHandlers
from daemon.state.requester import Requester
from daemon.system.sessions import Session
from tests.daemon.state.service import Service

SESSION = Session("1", "/1", 1000, "ada", "seat0", "x11", "user", True, False, False, False)


class Sessions:
    """One session, until something happens to it."""

    lid_closed = docked = asleep = False

    def __init__(self) -> None:
        self.all: tuple[Session, ...] = (SESSION,)

    async def refresh_lid(self) -> None:
        pass

    async def fresh(self, _session_id: str) -> Session | None:
        return self.all[0] if self.all else None


class Scene:
    """Access and handlers over a store that says what is read, and a polkit that says yes."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[str] = []
        self.during: Callable[[], None] = lambda: None
        self.answer = True
        self.service = Service(folder)
        self.context = self.service.context
        self.sessions = Sessions()
        self.context.sessions = cast(Any, self.sessions)
        self.context.templates = cast(Any, self)
        self.limits = CallLimits()
        self.access = Access(self.context, cast(Any, self), cast(Any, self), self.limits)

    async def allows(self, _caller: Caller, action: str, *, interactive: bool) -> bool:
        assert interactive
        self.heard.append(action.rpartition(".")[2])
        self.during()
        return self.answer

    async def check_new_appearance(self, username: str, _name: str, *, replace: bool) -> None:
        assert not replace
        self.heard.append(f"read {username}")
        raise RefusalError(Error.APPEARANCE_EXISTS, "there is one")

    async def remove(self, username: str) -> None:
        self.heard.append(f"remove {username}")

    async def appearances(self, username: str) -> tuple[()]:
        self.heard.append(f"read {username}")
        return ()

    async def names(self) -> list[str]:
        raise AssertionError("everybody's names were read")

    def enrol(self, username: str) -> Any:
        handlers = EnrolHandlers(self.context, self.access, cast(Any, None))
        return handlers.start_enrol(requester(), username, "new", {})

    def remove_user(self) -> Any:
        handlers = TemplateHandlers(self.context, self.access, tell=lambda *_: None)
        return handlers.remove_user(requester(), "root")


def requester(uid: int = 1000) -> Requester:
    return Requester(Caller(":1.5", uid, 99), SESSION, interactive=True)


def refused(folder: Path, what: Callable[[Scene], Any]) -> tuple[Error, list[str]]:
    """The refusal of a request by ada, and what was asked and read before it."""

    async def run() -> tuple[Error, list[str]]:
        scene = Scene(folder)
        with pytest.raises(RefusalError) as caught:
            await what(scene)
        return caught.value.error, scene.heard

    return asyncio.run(run())


def test_polkit_is_asked_before_anything_of_others_is_read(tmp_path: Path) -> None:
    def denied(scene: Scene) -> Any:
        scene.answer = False
        return scene.enrol("root")

    assert refused(tmp_path / "a", denied) == (Error.NOT_AUTHORIZED, ["enrol-other"])
    allowed = refused(tmp_path / "b", lambda scene: scene.enrol("root"))
    assert allowed == (Error.APPEARANCE_EXISTS, ["enrol-other", "read root"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda scene: setattr(scene.sessions, "all", ()), Error.NO_SESSION),
        (
            lambda scene: setattr(scene.sessions, "all", (replace(SESSION, active=False),)),
            Error.INACTIVE_SESSION,
        ),
        (lambda scene: setattr(scene.context, "stopping", True), Error.STOPPING),
    ],
)
def test_what_happens_during_the_dialogue_counts(
    tmp_path: Path, change: Callable[[Scene], None], error: Error
) -> None:
    def play(scene: Scene) -> Any:
        scene.during = lambda: change(scene)
        return scene.enrol("root")

    assert refused(tmp_path, play) == (error, ["enrol-other"])


def test_nothing_is_removed_for_a_session_that_is_gone(tmp_path: Path) -> None:
    def play(scene: Scene) -> Any:
        scene.during = lambda: setattr(scene.sessions, "all", ())
        return scene.remove_user()

    assert refused(tmp_path, play) == (Error.NO_SESSION, ["edit-other"])


def test_nobody_but_root_has_all_names_read(tmp_path: Path) -> None:
    async def run() -> tuple[Any, list[str]]:
        scene = Scene(tmp_path)
        handlers = TemplateHandlers(scene.context, scene.access, tell=lambda *_: None)
        return await handlers.list_users(requester(65534)), scene.heard

    answer, heard = asyncio.run(run())
    assert answer == ([],)
    assert len(heard) == 1


@pytest.mark.parametrize(("service", "refused"), [("polkit-1", True), ("sudo", False)])
def test_a_face_answers_no_dialogue_about_faces(
    tmp_path: Path, service: str, refused: bool
) -> None:
    """Nothing but what is asked on our behalf: `target` would be called for anything else."""
    found: list[Error | None] = []

    def ask(scene: Scene) -> None:
        registry = manager = cast(Any, None)
        handlers = VerifyHandlers(scene.context, scene.access, manager, registry, {})
        work = handlers.start_verify(requester(0), "ada", {"service": service})
        try:
            work.send(None)
            found.append(None)
        except RefusalError as refusal:
            found.append(refusal.error)
        work.close()

    async def run() -> None:
        scene = Scene(tmp_path)
        scene.answer = False
        scene.during = lambda: ask(scene)
        with pytest.raises(RefusalError):
            await scene.enrol("root")
        assert not scene.access.asking_polkit
        ask(scene)

    asyncio.run(run())
    assert found == [Error.NOT_PERMITTED if refused else None, None]
