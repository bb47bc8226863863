"""A window that shows one request after the other: it is followed until it ends or is left."""

from collections.abc import Callable
from typing import Generic, TypeVar

from daemon.clients import gtk
from daemon.clients.windows.base import Window
from daemon.clients.windows.follower import Connect, Follower
from daemon.clients.windows.theme import Choice
from models.errors import FacelatchError

EventT = TypeVar("EventT")


class RequestWindow(Window, Generic[EventT]):
    """Its title says how the last request ended, for a person who went on with something else."""

    def __init__(
        self, toolkit: gtk.Toolkit, title: str, *, theme: Choice, size: tuple[int, int]
    ) -> None:
        self._title = title
        self.follower: Follower[EventT] | None = None
        super().__init__(toolkit, title, theme=theme, size=size)

    def follow(
        self,
        connect: Connect[EventT],
        *,
        on_event: Callable[[EventT], None],
        on_problem: Callable[[FacelatchError], None],
    ) -> Follower[EventT]:
        """Follows what `connect` gives, and nothing that came before."""
        self.leave()
        self.window.set_title(self._title)
        self.follower = Follower(connect, post=self.post, on_event=on_event, on_problem=on_problem)
        return self.follower

    def leave(self) -> None:
        """Ends what is followed, if anything is."""
        follower, self.follower = self.follower, None
        if follower is not None:
            follower.leave()

    def ended(self, headline: str) -> None:
        """Leaves, and says in the title how it ended."""
        self.leave()
        self.window.set_title(f"{self._title}: {headline}")

    def closing(self) -> None:
        """The window is closed."""
        self.leave()
