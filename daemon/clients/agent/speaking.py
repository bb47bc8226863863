"""The agent's voice: what the pure parts want said goes to the speech thread, which waits alone."""

from collections.abc import Callable, Sequence

from daemon.clients import i18n
from daemon.clients.agent.messages import Speak
from daemon.clients.agent.phrases import AUTO, phrases, spoken_locale
from daemon.clients.agent.settings import Greeting, Settings
from daemon.speech import SessionSpeaker, Voice, VoiceInfo, list_voices, voice_for
from daemon.speech.process import Children
from daemon.speech.speaker import Warn


class Speaking:
    """Says what it is told; each different trouble goes to `warn` once, on the speech thread."""

    def __init__(
        self,
        *,
        warn: Warn | None = None,
        list_voices: Callable[[Children], Sequence[VoiceInfo]] = list_voices,
    ) -> None:
        self._list_voices = list_voices
        self._voices: Sequence[VoiceInfo] | None = None
        self._greeting: Greeting | None = None
        self._speaker = SessionSpeaker(warn=warn)

    def apply(self, settings: Settings) -> None:
        """Speaks as these settings say from now on."""
        greeting = settings.greeting
        if greeting != self._greeting:
            self._greeting = greeting
            self._speaker.choose(lambda children: self._voice(greeting, children))

    def say(self, effect: Speak) -> None:
        """Says it soon; a test also where the sound is muted."""
        if effect.test:
            self._speaker.say_anyway(effect.text)
        else:
            self._speaker.say(effect.text)

    def prime(self) -> None:
        """Loads the speech engine: something will be said soon."""
        self._speaker.prime()

    def release(self) -> None:
        """Ends a speech engine that waits."""
        self._speaker.release()

    def finish(self, seconds: float) -> bool:
        """Waits until all is said, `seconds` at most; True where it is."""
        return self._speaker.finish(seconds)

    def close(self) -> None:
        """Falls silent, within a second."""
        self._speaker.close()

    def _voice(self, greeting: Greeting, children: Children) -> Voice:
        name = greeting.voice
        if name == AUTO:
            if self._voices is None:
                self._voices = self._list_voices(children)
            name = voice_for(locale_of(greeting), self._voices)
        return Voice(name, greeting.rate, greeting.volume)


def locale_of(greeting: Greeting) -> str:
    """The locale whose voice fits what these settings have said.

    The product's own greeting is said in the language it is there in; a person's own is taken to
    be in the language that was set, else in the session's.
    """
    if greeting.template == AUTO:
        return spoken_locale(phrases(greeting.language))
    if greeting.language != AUTO:
        return greeting.language
    return next(iter(i18n.languages()), "")
