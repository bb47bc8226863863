"""What is wrong with the picture is said once, after a while."""

from daemon.foreground.scene_notice import SceneNotice
from enroll.guide.prompts import Prompt

BLACK, DARK = Prompt.PICTURE_IS_BLACK, Prompt.TOO_DARK


def said(*words: Prompt | None) -> list[tuple[int, Prompt]]:
    """When what is said, of a word a second."""
    notice = SceneNotice()
    told = ((second, notice.see(float(second), word)) for second, word in enumerate(words))
    return [(second, word) for second, word in told if word is not None]


def test_a_camera_that_wakes_up_is_nothing_to_speak_of() -> None:
    assert said(BLACK, BLACK, None, BLACK, None) == []


def test_each_thing_is_said_once_until_it_has_changed() -> None:
    assert said(BLACK, BLACK, BLACK, BLACK, BLACK) == [(2, BLACK)]
    assert said(BLACK, BLACK, BLACK, DARK, DARK, DARK) == [(2, BLACK), (5, DARK)]
    assert said(BLACK, BLACK, BLACK, None, BLACK, BLACK, BLACK) == [(2, BLACK), (6, BLACK)]
