"""`docs/accuracy.md`: every figure of an evaluation, with what it takes to get it again. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.evaluation import folder_report, group_section, precision
from models.evaluation.folder_report import Json, Row, far_text, percent, percents
from models.evaluation.markdown import table
from models.evaluation.report import lfw_rows


@dataclass(frozen=True, slots=True)
class About:
    """What the whole report was made of."""

    command: str
    data: str
    digest: str
    """Of all pictures, shortened."""
    people: int
    pictures: int
    date: str
    processor: str
    versions: Mapping[str, str]
    seconds: float
    peak_mb: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part that another module measured: a heading, sentences, a table."""

    heading: str
    text: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Part:
    """Everything about one embedder, in its default precision unless said."""

    lfw: Json | None
    folder: Json
    precisions: Json | None = None
    degraded: Json | None = None
    sections: tuple[Section, ...] = ()
    by_group: Json | None = None
    """As `group_section` reads it."""

    @property
    def name(self) -> str:
        """As people call it."""
        return str(self.folder["embedder"])


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot: its path as seen from the report, and what it shows."""

    path: str
    title: str


def markdown(
    about: About, parts: Sequence[Part], plots: Sequence[Plot], absent: Mapping[str, str]
) -> str:
    """The whole page. `absent` says why each embedder that was not measured was not."""
    blocks = [
        *_head(about, absent),
        *group_section.blocks([part.by_group for part in parts if part.by_group is not None]),
        *_summary(parts),
        *_pictures("DET of all embedders", plots, ("det",)),
        *(block for part in parts for block in _embedder(part, plots)),
        *_enrolled(plots),
        *_quality(parts, plots),
        *_spread(parts),
        *_precisions(parts),
        *_limits(about, parts),
    ]
    return "\n\n".join(blocks) + "\n"


def figures(about: About, parts: Sequence[Part], absent: Mapping[str, str]) -> Json:
    """The same as one JSON object."""
    return {
        "command": about.command,
        "data": {"name": about.data, "digest": about.digest},
        "date": about.date,
        "processor": about.processor,
        "versions": dict(about.versions),
        "seconds": round(about.seconds),
        "peak_memory_mb": about.peak_mb,
        "absent": dict(absent),
        "embedders": {
            part.name: {
                "lfw": part.lfw,
                "folder": part.folder,
                "degraded": part.degraded,
                # The reports by precision repeat `folder`.
                "precision": {k: v for k, v in (part.precisions or {}).items() if k != "reports"},
                "by_group": part.by_group,
                "sections": {section.heading: list(section.rows) for section in part.sections},
            }
            for part in parts
        },
    }


def _head(about: About, absent: Mapping[str, str]) -> list[str]:
    return [
        "# Accuracy: who gets in, measured",
        "This page is written by a command; nothing in it is typed by hand.",
        f"```\n{about.command}\n```",
        table(_about_rows(about, absent)),
        "FAR is the share of impostor comparisons accepted, FRR the share of genuine ones "
        "rejected. Thresholds are chosen and rates measured on the same impostors. *95 % exact* "
        "is the interval of Clopper and Pearson, which takes comparisons as independent; *95 % "
        "over people* draws people again and chooses the threshold anew in each draw: where the "
        "two differ, believe the wider one. Figures with a remark rest on too few comparisons to "
        "be quoted.",
    ]


def _about_rows(about: About, absent: Mapping[str, str]) -> list[Row]:
    versions = ", ".join(f"{name} {version}" for name, version in about.versions.items())
    rows = [
        ("date", about.date),
        (
            "pictures",
            f"{about.data}: {about.pictures} of {about.people} people, digest {about.digest}",
        ),
        ("machine", about.processor),
        ("versions", versions),
        (
            "cost",
            f"{about.seconds:.0f} s (without embeddings that lay in the cache), "
            f"at most {about.peak_mb} MB of memory",
        ),
        *((name, f"not measured: {why}") for name, why in absent.items()),
    ]
    return [{"what": what, "value": value} for what, value in rows]


def _summary(parts: Sequence[Part]) -> list[str]:
    rows: list[Row] = []
    for part in parts:
        for one in part.folder.get("enrolment", ()):
            if one["enrolled"] == 3:
                rows += [
                    {
                        "embedder": f"{part.name} ({part.folder['precision']})",
                        "FAR": far_text(far),
                        "FRR": percent(rate["frr"]),
                        "95 % over people": percents(rate["people"]),
                        "threshold": rate["threshold"],
                        "remark": "" if rate["sure"] else "fewer than 30 impostors decide",
                    }
                    for far, rate in one["rates"].items()
                    if rate["resolved"]
                ]
    if not rows:
        return []
    return [
        "## In short",
        "Three pictures enrolled, one frame decides, everyone else an impostor "
        "(the daemon decides over several frames):",
        table(rows),
    ]


def _embedder(part: Part, plots: Sequence[Plot]) -> list[str]:
    blocks = [f"## {part.name}", table(folder_report.about_rows(part.folder))]
    if part.lfw is not None:
        blocks += ["### Pairs of LFW", table(lfw_rows(part.lfw))]
    blocks += [
        "### All pairs and enrolment",
        "*All pairs*: every picture against every other. *N enrolled*: the first N usable "
        "pictures of each person make a template, as in production, their other pictures are "
        "genuine probes and all pictures of everyone else impostors. *Same people*: people and "
        "probes that all N have in common, for comparing N. *With failures* counts pictures "
        "without a usable face as rejected. Where the embedder's distances to templates are "
        "corrected for a face's likeness to strangers at large, those strangers are people who "
        "take no part in the comparison.",
        table(folder_report.rate_rows(part.folder)),
        *_pictures(
            f"Distances of {part.name}",
            plots,
            (f"scores-{part.name}-all-pairs", f"scores-{part.name}-3-enrolled"),
        ),
    ]
    for section in part.sections:
        blocks += [f"### {section.heading}", section.text]
        blocks += [table(section.rows)] if section.rows else []
    return blocks


def _pictures(heading: str, plots: Sequence[Plot], stems: Sequence[str]) -> list[str]:
    chosen = [plot for plot in plots if plot.path.rsplit("/", 1)[-1].rsplit(".", 1)[0] in stems]
    return (
        ["\n".join(f"![{heading}: {plot.title}]({plot.path})" for plot in chosen)] if chosen else []
    )


def _enrolled(plots: Sequence[Plot]) -> list[str]:
    shown = _pictures("Enrolment", plots, ("frr-by-enrolled",))
    return ["## How many pictures to enrol", *shown] if shown else []


def _quality(parts: Sequence[Part], plots: Sequence[Plot]) -> list[str]:
    blocks = [
        "## Does rejecting poor pictures help",
        "Pictures of the lowest quality are rejected, step by step, and the rest decided at the "
        "threshold that gives FAR 1e-3 on all of them. *FRR of the rejected* is that of the "
        "comparisons that a step leaves out: where it is no higher than FRR, the measure has "
        "found nothing. Steps end where the remaining pictures all have the same quality.",
    ]
    for part in parts:
        for title, report in (
            ("as they are", part.folder),
            ("with a webcam's flaws (`--degrade`: blur, darkness, glare, distance)", part.degraded),
        ):
            if report is not None and (rows := folder_report.quality_rows(report)):
                data = report["data"]
                lost = f"{data['undetected']} of {data['pictures']} pictures show no face"
                blocks += [f"### {part.name}, pictures {title}", f"{lost}.", table(rows)]
    stems = ("error-by-rejected", "degraded-error-by-rejected")
    shown = _pictures("Quality", plots, stems)
    return [*blocks, *shown] if len(blocks) > 2 else []


def _spread(parts: Sequence[Part]) -> list[str]:
    rows = [
        {"embedder": part.name, **row}
        for part in parts
        for row in folder_report.spread_rows(part.folder)
    ]
    groups = [
        {"embedder": part.name, **row}
        for part in parts
        for row in folder_report.group_rows(part.folder)
    ]
    if not rows:
        return []
    made = [
        "## Do errors fall on few",
        "Rates of each person at the threshold of FAR 1e-3: the mean over people, the mean of "
        "the tenth of people with the highest rates, and what that tenth would show if all "
        "people were alike and only luck differed, comparison by comparison (comparisons share "
        "pictures, so that a small excess means nothing). Where *worst tenth* is well above *if "
        "all were alike*, some people really are served worse.",
        table(rows),
    ]
    return [*made, "By labelled group:", table(groups)] if groups else made


def _precisions(parts: Sequence[Part]) -> list[str]:
    reports = [part.precisions for part in parts if part.precisions is not None]
    if not reports:
        return []
    rows = [row for report in reports for row in precision.precision_rows(report)]
    verdicts = [_verdict(report) for report in reports]
    return [
        "## int8 beside float32",
        "The same pictures through both networks; int8 may be the default where FRR at FAR 1e-3 "
        "rises by at most 0.2 points. The interval draws the same people for both.",
        table(rows),
        " ".join(verdicts),
    ]


def _verdict(report: Json) -> str:
    name, default = report["embedder"], report["default"]
    if report["within"]:
        return f"`{name}`: within the bar; {default} is the default."
    kept = "as it must be" if default == "float32" else "**against the rule**"
    return f"`{name}`: int8 loses more than the bar; {default} is the default, {kept}."


_LFW_LIMITS = (
    "Labels of LFW are known to have errors, and at FAR 1e-5 a handful of impostors decides: "
    "below it figures may say as much about labels as about the embedder.",
    "Photos for the press are no frames of a webcam: sharper, better lit, and years apart.",
    "By its makers' own words LFW has few women, few children, few of the very old, and few people "
    "of many origins. Nothing here says what they would see.",
)


def _limits(about: About, parts: Sequence[Part]) -> list[str]:
    labelled = any(one["groups"] for part in parts for one in part.folder.get("fairness", ()))
    by_group = [part.by_group for part in parts if part.by_group is not None]
    lines = group_section.limits(by_group)
    lines += _LFW_LIMITS if "lfw" in about.data.lower() else ()
    lines += [
        "Impostors here did not try. Photos, screens and masks are another matter (liveness), and "
        "so are twins and close relatives, who are not marked among these people.",
    ]
    if not labelled and not by_group:
        lines.append(
            "There are no labels of sex, age or origin for these pictures, so error rates by "
            "group cannot be known from them; the spread over people above is all that can be. "
            "With labels of one's own: `facelatch evaluate folder --images DIR --groups FILE.csv`.",
        )
    return ["## What this cannot tell", "\n".join(f"- {line}" for line in lines)]
