"""Follows something that blocks in a thread, and brings what happens to the window's own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Generic, Protocol, TypeVar

from daemon.clients.requests.preview import Picture
from models.errors import FacelatchError

EventT_co = TypeVar("EventT_co", covariant=True)
EventT = TypeVar("EventT")

Post = Callable[[Callable[[], None]], None]
"""Has something called in the window's thread."""


class Following(Protocol[EventT_co]):
    """What is followed: see `daemon.clients.requests.enrol.Enrolment`."""

    @property
    def picture(self) -> Picture | None:
        """The newest picture, None before the first."""
        ...

    def events(self) -> Iterator[EventT_co | None]:
        """What happens until the end; may block."""
        ...

    def stop(self) -> None:
        """Ends it, from any thread."""
        ...


Connect = Callable[[], AbstractContextManager[Following[EventT]]]


class Follower(Generic[EventT]):
    """One time of following. `on_event` and `on_problem` are called through `post`."""

    def __init__(
        self,
        connect: Connect[EventT],
        *,
        post: Post,
        on_event: Callable[[EventT], None],
        on_problem: Callable[[FacelatchError], None],
    ) -> None:
        self._connect = connect
        self._post = post
        self._on_event = on_event
        self._on_problem = on_problem
        self._following: Following[EventT] | None = None
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._thread.start()

    @property
    def picture(self) -> Picture | None:
        """What the camera saw last."""
        following = self._following
        return None if following is None else following.picture

    def leave(self) -> None:
        """Ends it; nothing more is told."""
        self._left.set()
        following = self._following
        if following is not None:
            following.stop()

    def wait(self, seconds: float) -> None:
        """Until the thread is done, or for so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with self._connect() as following:
                self._following = following
                if self._left.is_set():
                    return
                for event in following.events():
                    if event is not None:
                        self._tell(partial(self._on_event, event))
        except FacelatchError as problem:
            self._tell(partial(self._on_problem, problem))

    def _tell(self, call: Callable[[], None]) -> None:
        def unless_left() -> None:
            if not self._left.is_set():
                call()

        self._post(unless_left)
