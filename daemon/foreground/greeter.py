"""What an arrival sets off: the hook first, then the greeting. Neither waits for the other."""

import time
from collections.abc import Callable, Mapping

from daemon.foreground.hook import Hook
from daemon.foreground.presence import Arrived
from daemon.foreground.watch import Event
from daemon.speech import Greeting, Speaker


def _hour() -> int:
    return time.localtime().tm_hour


class Welcome:
    """Greets and runs the hook when somebody arrives; every other event leaves it silent.

    `say_as` are the names of people as a voice reads them right, where it does not as they are.
    """

    def __init__(
        self,
        *,
        speaker: Speaker | None,
        greeting: Greeting,
        hook: Hook | None,
        hour: Callable[[], int] = _hour,
        say_as: Mapping[str, str] | None = None,
    ) -> None:
        self._speaker = speaker
        self._greeting = greeting
        self._hook = hook
        self._hour = hour
        self._say_as = say_as or {}

    def respond(self, event: Event) -> None:
        """Acts on one event; returns at once."""
        if not isinstance(event, Arrived):
            return
        if self._hook is not None:
            self._hook.start(event.name, event.distance)
        if self._speaker is not None:
            name = self._say_as.get(event.name, event.name)
            self._speaker.say(self._greeting.render(name, hour=self._hour()))

    def finish(self, seconds: float) -> None:
        """Lets what was begun come to its end, `seconds` each at most, then stops it."""
        if self._speaker is not None:
            self._speaker.finish(seconds)
            self._speaker.close()
        if self._hook is not None:
            self._hook.wait(seconds)
            self._hook.close()
