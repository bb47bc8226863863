"""What the page of accuracy says of groups of people: first, and first of its limits. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.evaluation.folder_report import Row
from models.evaluation.markdown import table
from models.scoring.security import ATTEMPTS, STANDARD

Report = Mapping[str, Any]
"""What `facelatch evaluate groups --json` prints."""

_TEXT = (
    "Three pictures enrolled, single pictures decided at the thresholds that ship, impostors of "
    "the same group. *Asked* is a rate of visits: a stranger has {attempts} attempts before the "
    "ledger makes them wait, each a chance of its own, so one may let in a third of it, and the "
    "thresholds are made so (whoever raises `attempts.before_pause` raises the rate with it; until "
    "`attempts.before_password` there are 8 attempts in all, so 8 thirds of the rate). Thresholds "
    "and kinds of strangers were fitted on these people: what people get on whom nothing was "
    "fitted is in the next table, half of the people of each group by the other half."
)
_UNMEASURED = (
    "Nobody here is labelled by age, skin, glasses or disability, and children, twins, brothers "
    "and sisters are not among the groups: what they get is not measured. Groups are names or "
    "collections of pictures, a rough sign."
)


def blocks(reports: Sequence[Report]) -> list[str]:
    """Of each embedder's report, all measured on the same people; nothing for none."""
    if not reports:
        return []
    shown = [row for report in reports for row in _rows(report)]
    held = [row for report in reports for row in _held_out(report)]
    made = [
        "## What each group of people gets, and what it pays",
        _TEXT.format(attempts=ATTEMPTS),
        table(shown),
    ]
    made += [_HELD_OUT, table(held)] if held else []
    best = [row for report in reports for row in _hindsight(report)]
    return [*made, _HINDSIGHT, table(best)] if best else made


_HINDSIGHT = (
    "What is lost to whom: owners missed at the largest threshold, chosen on these very people, at "
    "which no group gets more let in than chance explains, nothing added to any distance; and, in "
    "the last column, at the one where only the average of everybody is heeded. Such thresholds "
    "promise nothing to anybody else: they tell what the networks' own distances can do. Whom the "
    "last column misses no correction for groups wins back; what ships above misses fewer than the "
    "column before it where its corrections are worth more than a threshold chosen in hindsight."
)


_HELD_OUT = (
    "By level: how often owners are missed at the thresholds that ship, which group is missed most "
    "often, and the group among whom most strangers get in, of people on whom nothing was fitted. "
    "*Fit* is a level that keeps its promise and misses its owner in at most a quarter of looks; "
    "`auto` takes the embedder that misses fewest among those that keep it."
)


def limits(reports: Sequence[Report]) -> list[str]:
    """What each group pays at security standard, an embedder a line, and what is not measured."""
    if not reports:
        return []
    return [*(_paid(report) for report in reports), _UNMEASURED]


def _rows(report: Report) -> list[Row]:
    return [
        {
            "embedder": f"{report['embedder']} ({report['precision']})",
            "level": level,
            "asked": f"{found['promise']:.0e}",
            "group": name,
            "people": rate["people"],
            "FRR": _percent(rate["frr"]),
            "genuine": rate["genuine"],
            "let in": rate["accepted"],
            "impostors": rate["impostors"],
            "kept": "yes" if rate["kept"] else "**no**",
        }
        for level, found in report["levels"].items()
        for name, rate in _named(found)
    ]


def _held_out(report: Report) -> list[Row]:
    return [
        {
            "embedder": report["embedder"],
            "level": level,
            "FRR": _percent(known["frr"]),
            "missed most": f"{known['missed']}: {_percent(known['missed_frr'])}",
            "let in most": f"{known['group']}: {known['far']:.1e}",
            "kept": "yes" if known["kept"] else "**no**",
            "fit": "yes" if known["usable"] else "**no**",
        }
        for level, known in report["held_out"].items()
    ]


def _hindsight(report: Report) -> list[Row]:
    return [
        {
            "embedder": report["embedder"],
            "level": level,
            "held back by": known["worst"],
            "FRR, every group heeded": _by_group(known["frr"]),
            "FRR, the average alone heeded": _by_group(known["frr_unheeded"]),
        }
        for level, known in report.get("hindsight", {}).items()
        if level == STANDARD.name
    ]


def _by_group(shares: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {_percent(share)}" for name, share in shares.items())


def _paid(report: Report) -> str:
    found = report["levels"].get(STANDARD.name)
    if found is None:
        return f"`{report['embedder']}` does not reach security standard."
    paid = ", ".join(f"{name} {_percent(rate['frr'])}" for name, rate in _named(found))
    return (
        f"At security standard `{report['embedder']}` misses its owner in so many looks of one "
        f"picture, by group: {paid}."
    )


def _named(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Groups with a name."""
    return [(name, rate) for name, rate in found["groups"].items() if not name.startswith("(")]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f} %"
