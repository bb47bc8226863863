"""Who says it: a loudspeaker, a file, or nobody. Saying never blocks and never raises."""

import contextlib
import logging
import math
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from daemon.errors import SpeechError
from daemon.speech import players, synthesis
from daemon.speech.greeting import sayable
from daemon.speech.multilingual import MultilingualSynthesiser
from daemon.speech.mute import MuteQuestion
from daemon.speech.process import Children, Stopped
from daemon.speech.synthesis import Voice

_MOST_WAITING = 3
"""A greeting that would come later than this many others is better not said."""

_MOST_CHOICES = 20
_CLOSE_SECONDS = 0.8
_STALE_SECONDS = 5.0
"""A welcome that comes later than this after an arrival is none."""
_log = logging.getLogger(__name__)

Warn = Callable[[str], None]
_Task = Callable[[], object]


class Speaker(Protocol):
    """Says things. No method raises."""

    def say(self, text: str) -> None:
        """Says `text` soon, or not at all; returns at once."""
        ...

    def finish(self, seconds: float) -> bool:
        """Waits until all is said, `seconds` at most; True where it is."""
        ...

    def close(self) -> None:
        """Falls silent, within a second; says nothing after it. May be called twice."""
        ...


class _ThreadSpeaker(ABC):
    """Speaks on a thread of its own. Each different problem is passed to `warn` once, one line.

    `warn` is called on that thread; without it the log takes the warning. What has waited longer
    than `stale_seconds` is no longer said.
    """

    def __init__(
        self,
        *,
        voice: Voice | None = None,
        warn: Warn | None = None,
        stale_seconds: float = math.inf,
    ) -> None:
        self._voice = voice or Voice()
        self._warn = warn or _log.warning
        self._stale_seconds = stale_seconds
        self._warned: set[str] = set()
        self._children = Children()
        self._synthesiser = MultilingualSynthesiser(self._children)
        self._work: queue.Queue[_Task | None] = queue.Queue()
        self._unsaid = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        # No more threads to be had is a reason to be silent, not to fail.
        with contextlib.suppress(RuntimeError):
            self._thread.start()

    def say(self, text: str) -> None:
        """Says `text` soon; drops it where too much is waiting, or nothing in it has a sound."""
        words = sayable(text)
        latest = time.monotonic() + self._stale_seconds
        if words:
            self._put(lambda: self._utter_until(latest, words), most_waiting=_MOST_WAITING)

    def prime(self) -> None:
        """Something will be said soon: makes ready, so that it is said at once."""
        self._put(lambda: self._synthesiser.prime(self._voice), most_waiting=0)

    def release(self) -> None:
        """Nothing will be said soon: what was made ready goes."""
        self._put(self._synthesiser.release, most_waiting=0)

    def finish(self, seconds: float) -> bool:
        """Waits until all is said, `seconds` at most; True where it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._unsaid == 0, timeout=seconds)

    def close(self) -> None:
        """Falls silent, within a second; says nothing after it."""
        self._children.stop()
        self._work.put(None)
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def _put(self, task: _Task, *, most_waiting: int) -> None:
        with self._changed:
            if self._unsaid > most_waiting or not self._thread.is_alive():
                return
            self._unsaid += 1
        self._work.put(task)

    def _run(self) -> None:
        self._attempt(self._check)
        while (task := self._work.get()) is not None:
            self._attempt(task)
            with self._changed:
                self._unsaid -= 1
                self._changed.notify_all()
        self._attempt(self._synthesiser.release)

    def _attempt(self, action: _Task) -> None:
        try:
            action()
        except Stopped:
            return
        except SpeechError as error:
            self._tell(str(error))
        except Exception as error:  # greeting is a courtesy; the rest goes on without it
            self._tell(f"speech failed: {type(error).__name__}: {error}")

    def _check(self) -> None:
        self._synthesiser.check(self._voice)

    def _utter_until(self, latest: float, text: str) -> None:
        if time.monotonic() <= latest:
            self._utter(text)

    def _utter(self, text: str) -> None:
        started = time.monotonic()
        with self._synthesiser.spoken(text, self._voice) as (wav, warning):
            if warning:
                self._tell(warning)
            self._deliver(wav)
        _log.debug("said %d characters in %.2f s", len(text), time.monotonic() - started)

    @abstractmethod
    def _deliver(self, wav: Path) -> None:
        """Does with the finished file what this speaker is for; raises SpeechError."""

    def _tell(self, line: str) -> None:
        if line not in self._warned:
            self._warned.add(line)
            # A warning that cannot be passed on is the last thing to fail for.
            with contextlib.suppress(Exception):
                self._warn(line)


class Loudspeaker(_ThreadSpeaker):
    """Speaks aloud through pyttsx3 and the system's player.

    A missing engine or player is a warning soon after it is made; then all stays silent.
    """

    def _check(self) -> None:
        players.check()
        super()._check()

    def _deliver(self, wav: Path) -> None:
        players.play(self._children, wav)


class SessionSpeaker(Loudspeaker):
    """Speaks in a desktop session: not while its sound is muted, and nothing that comes late."""

    def __init__(self, *, voice: Voice | None = None, warn: Warn | None = None) -> None:
        self._question: MuteQuestion | None = None
        super().__init__(voice=voice, warn=warn, stale_seconds=_STALE_SECONDS)

    def choose(self, find: Callable[[Children], Voice]) -> None:
        """Another voice from now on. `find` is called on the speech thread; may raise SpeechError.

        Whoever looks for a voice asks the engine, which takes a tenth of a second: through the
        children that it is given, so that closing ends that too.
        """
        self._put(lambda: self._choose(find), most_waiting=_MOST_CHOICES)

    def say_anyway(self, text: str) -> None:
        """Says `text` even where the session's sound is muted: somebody asked for it just now."""
        if words := sayable(text):
            self._put(lambda: super(SessionSpeaker, self)._utter(words), most_waiting=_MOST_WAITING)

    def _choose(self, find: Callable[[Children], Voice]) -> None:
        self._voice = find(self._children)

    def _utter(self, text: str) -> None:
        # Asked first, answered while the engine speaks into its file.
        with MuteQuestion() as question:
            self._question = question
            try:
                super()._utter(text)
            finally:
                self._question = None

    def _deliver(self, wav: Path) -> None:
        if self._question is None or not self._question.muted():
            super()._deliver(wav)


class FileSpeaker(_ThreadSpeaker):
    """Speaks into a WAV file, for machines without sound. The file holds what was said last."""

    def __init__(
        self,
        path: Path,
        *,
        voice: Voice | None = None,
        warn: Warn | None = None,
        stale_seconds: float = math.inf,
    ) -> None:
        self.path = path
        super().__init__(voice=voice, warn=warn, stale_seconds=stale_seconds)

    def _deliver(self, wav: Path) -> None:
        synthesis.deliver_to_file(wav, self.path)
