"""When to say what is wrong with the picture: once, after it has been wrong for a while. Pure."""

from enroll.guide.prompts import Prompt

WRONG_SECONDS = 2.0
"""A camera that wakes up is black for a moment."""


class SceneNotice:
    """Takes every frame; says each thing anew only after another thing, or nothing, was wrong."""

    def __init__(self) -> None:
        self._word: Prompt | None = None
        self._since = 0.0
        self._told = False

    def see(self, time: float, word: Prompt | None) -> Prompt | None:
        """What to say now, None for nothing; `time` in seconds on any clock that does not fall."""
        if word is not self._word:
            self._word, self._since, self._told = word, time, False
        if word is None or self._told or time - self._since < WRONG_SECONDS:
            return None
        self._told = True
        return word
