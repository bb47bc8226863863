"""How much of the battery is left, as the kernel says it in /sys/class/power_supply."""

from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def share_left(supplies: Path = SUPPLIES) -> float | None:
    """The fullest battery's share (0 to 1) where one is being emptied; None on mains."""
    try:
        found = [_discharging(one) for one in supplies.iterdir()]
    except OSError:
        return None
    return max((share for share in found if share is not None), default=None)


def _discharging(supply: Path) -> float | None:
    try:
        # Those of a mouse or a headset have the scope "Device".
        if (supply / "scope").exists() and _text(supply / "scope") == "Device":
            return None
        if _text(supply / "type") != "Battery" or _text(supply / "status") != "Discharging":
            return None
        return min(max(int(_text(supply / "capacity")) / 100, 0.0), 1.0)
    except (OSError, ValueError):
        return None


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(64).decode("ascii", "replace").strip()
