"""Light and dark."""

import pytest

from daemon.clients.windows.theme import (
    DARK,
    LIGHT,
    Choice,
    Palette,
    colour,
    is_dark,
    palette,
    stylesheet,
)


@pytest.mark.parametrize(
    ("choice", "portal", "gtk_dark", "gtk_theme", "dark"),
    [
        ("dark", 2, False, "Adwaita", True),
        ("light", 1, True, "Adwaita-dark", False),
        ("auto", 1, False, "Adwaita", True),
        ("auto", 2, True, "Adwaita-dark", False),
        ("auto", 0, True, "Adwaita", True),
        ("auto", None, False, "Adwaita-dark", True),
        ("auto", None, False, "Adwaita", False),
    ],
)
def test_the_desktops_preference_is_followed(
    choice: Choice, portal: int | None, gtk_dark: bool, gtk_theme: str, dark: bool
) -> None:
    assert is_dark(choice, portal=portal, gtk_dark=gtk_dark, gtk_theme=gtk_theme) is dark
    assert palette(dark=dark) is (DARK if dark else LIGHT)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_can_be_read(colours: Palette) -> None:
    """Contrast as WCAG 2 defines it: 7 to 1 for text, 4.5 to 1 on buttons, 3 to 1 for marks."""
    assert contrast(colours.text, colours.ground) >= 7.0
    assert contrast(colours.text, colours.raised) >= 7.0
    assert contrast(colours.faint, colours.ground) >= 7.0
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    for mark in (colours.good, colours.bad, colours.accent):
        assert contrast(mark, colours.ground) >= 3.0


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(name: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in colour(name)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_style_names_every_colour() -> None:
    assert DARK.accent in stylesheet(DARK)
    assert LIGHT.accent not in stylesheet(DARK)
