"""Which cameras are connected and which are known: what the camera worker says, and is told.

Lives in the event loop.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from daemon.policy.cameras import Camera, Identity, Known
from daemon.state.camera_record import CameraRecord
from models.errors import UsageError

_LIST_SECONDS = 5.0
"""A camera worker that is started for it takes less."""


class Lockable(Protocol):
    """What is asked of a session here."""

    @property
    def locked(self) -> bool:
        """Whether its screen is locked."""
        ...


@dataclass(eq=False)
class KnownCameras:
    """The record of cameras, kept. `keep` writes it down soon.

    `tell` is told of every change of what is known, `ask` asks the camera worker for a list; both
    are handed over by `connect`, since the worker is made later.
    """

    record: CameraRecord
    keep: Callable[[], None]

    def __post_init__(self) -> None:
        self._present: tuple[Camera, ...] | None = None
        self._listed = asyncio.Event()
        self._any_locked = False
        self._tell: Callable[[Known], None] = lambda _: None
        self._ask: Callable[[], None] = lambda: None

    @property
    def present(self) -> tuple[Camera, ...]:
        """Those connected, as the worker said last."""
        return self._present or ()

    @property
    def any_locked(self) -> bool:
        """Whether a session is locked."""
        return self._any_locked

    def connect(self, *, tell: Callable[[Known], None], ask: Callable[[], None]) -> None:
        """The camera worker can be spoken to from now on."""
        self._tell, self._ask = tell, ask
        tell(self.record.known)

    async def listed(self) -> tuple[Camera, ...]:
        """Those connected; waits for the worker where it said nothing yet."""
        if self._present is None:
            self._ask()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listed.wait(), _LIST_SECONDS)
        return self.present

    def reported(self, cameras: tuple[Camera, ...]) -> None:
        """The worker says what is connected."""
        self._present = cameras
        self._listed.set()
        if self._any_locked and self.record.known.before_lock is None:
            self._change(self.record.locked(cameras))

    def sessions_changed(self, sessions: Iterable[Lockable]) -> None:
        """A session was locked or unlocked, came or went.

        What counts is what was there when the first was locked, until none is.
        """
        before, self._any_locked = self._any_locked, any(one.locked for one in sessions)
        if not self._any_locked:
            if self.record.known.before_lock is not None:
                self._change(self.record.unlocked())
        elif not before and self.record.known.before_lock is None:
            if self._present is None:
                # Nobody knows yet what is there: the first answer, in a moment, is what was.
                self._ask()
            else:
                self._change(self.record.locked(self._present))

    def trust(self, identity: Identity) -> None:
        """From now on it may be taken; raises UsageError for too many."""
        self._change(self.record.trusting(identity))

    def forget(self, identity: Identity) -> None:
        """It may not be taken any more."""
        self._change(self.record.forgetting(identity))

    def enrolled(self, identity: Identity | None) -> None:
        """Somebody was enrolled before this camera: the first one so is trusted."""
        if identity is not None and self.record.known.trusted is None:
            with contextlib.suppress(UsageError):
                self.trust(identity)

    def offer(self, identities: Collection[Identity]) -> None:
        """The owner is being asked about these, once."""
        self._change(self.record.offering(identities))

    def _change(self, record: CameraRecord) -> None:
        if record == self.record:
            return
        before, self.record = self.record, record
        self.keep()
        if record.known != before.known:
            self._tell(record.known)
