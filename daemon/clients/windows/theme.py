"""Colours, light and dark, and which of the two the desktop prefers."""

from dataclasses import dataclass
from typing import Literal

Choice = Literal["auto", "light", "dark"]
Colour = tuple[float, float, float]
"""Red, green, blue, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a window. Text on `ground` has a contrast of 7 to 1 at least."""

    ground: str
    raised: str
    text: str
    faint: str
    accent: str
    on_accent: str
    good: str
    bad: str
    tick: str


LIGHT = Palette(
    ground="#fafafa",
    raised="#ffffff",
    text="#1d1f21",
    faint="#51565c",
    accent="#1a5fb4",
    on_accent="#ffffff",
    good="#1f7a3d",
    bad="#b3261e",
    tick="#b4bac2",
)
DARK = Palette(
    ground="#1e1f22",
    raised="#2b2d31",
    text="#f2f3f5",
    faint="#b9bec6",
    accent="#78aeed",
    on_accent="#10131a",
    good="#57d38c",
    bad="#ff8a80",
    tick="#6f7580",
)


def palette(*, dark: bool) -> Palette:
    """The palette of a preference."""
    return DARK if dark else LIGHT


def is_dark(choice: Choice, *, portal: int | None, gtk_dark: bool, gtk_theme: str) -> bool:
    """What `choice` comes to on a desktop.

    `portal` is the portal's color-scheme (1 dark, 2 light, 0 none), None where there is no portal;
    the others are GTK's settings.
    """
    if choice != "auto":
        return choice == "dark"
    if portal in (1, 2):
        return portal == 1
    return gtk_dark or gtk_theme.lower().endswith("dark")


def colour(name: str) -> Colour:
    """ "#rrggbb" as numbers."""
    red, green, blue = (int(name[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def stylesheet(colours: Palette) -> str:
    """The style of all windows, as GTK's CSS."""
    return f"""
    window.facelatch {{ background: {colours.ground}; color: {colours.text}; }}
    .facelatch label {{ color: {colours.text}; }}
    .facelatch .headline {{ font-size: 26px; font-weight: 700; }}
    .facelatch .line {{ font-size: 16px; color: {colours.faint}; }}
    .facelatch .advice {{ font-size: 15px; color: {colours.text}; background: {colours.raised};
        border-radius: 10px; padding: 12px 16px; }}
    .facelatch .small {{ font-size: 13px; color: {colours.faint}; }}
    .facelatch button {{ font-size: 16px; padding: 9px 22px; border-radius: 10px;
        background: {colours.raised}; color: {colours.text}; border: 1px solid {colours.tick};
        box-shadow: none; text-shadow: none; -gtk-icon-shadow: none; }}
    .facelatch button label {{ color: inherit; }}
    .facelatch button:hover {{ border-color: {colours.accent}; }}
    .facelatch button:focus {{ outline: 2px solid {colours.accent}; outline-offset: 2px; }}
    .facelatch button.suggested {{ background: {colours.accent}; color: {colours.on_accent};
        border-color: {colours.accent}; }}
    .facelatch button.suggested label {{ color: {colours.on_accent}; }}
    .facelatch entry {{ font-size: 16px; padding: 8px 12px; border-radius: 10px;
        background: {colours.raised}; color: {colours.text}; border: 1px solid {colours.tick};
        box-shadow: none; }}
    .facelatch entry:focus {{ border-color: {colours.accent}; }}
    """
