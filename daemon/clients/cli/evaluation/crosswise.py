"""`facelatch evaluate crosswise`: who is enrolled from a clip, looked for in everybody else's."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli.evaluation import common

if TYPE_CHECKING:
    from daemon.recognition.frames import AnalysedFrame
    from daemon.recognition.models import Models
    from enroll.template import Appearance

HELP = "each person of several clips enrolled, and looked for in all the others'"

_ENROLLED = (("the whole clip", float("inf")), ("three seconds", 3.0))
"""What an enrolment may look at, seconds."""
_EVERY_SECONDS = 0.099
"""Between frames that are looked at: those of an attempt that is watched."""
_FACES_ANYHOW = 16


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clips",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE",
        help="at least two, of a different person each",
    )
    common.add_models(parser)
    common.add_json(parser)


@dataclass(frozen=True, slots=True)
class Trial:
    """One enrolment looked for in one clip, liveness off, at security standard."""

    enrolled: str
    looked_at: str
    """Of the enrolment's clip."""
    clip: str
    own: bool
    """Whether the clip is that of the enrolment."""
    matched: bool
    frames: int
    """With a distance to the template."""
    near: int
    """Of these, within the threshold."""
    nearest: float | None


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 once the report is printed."""
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import attempts
    from models.errors import UsageError
    from models.evaluation.remembered import Memory

    if len({path.name for path in arguments.clips}) < max(len(arguments.clips), 2):
        raise UsageError("give at least two clips, each by a name of its own")
    models = attempts.loaded(arguments, Memory())
    trials = list(_trials(models, arguments.clips))
    rows = [_row(looked_at, trials) for looked_at, _ in _ENROLLED]
    if arguments.json:
        output.print_json(
            {
                "embedder": models.embedder.name,
                "precision": models.embedder.precision,
                "threshold": round(models.criterion.threshold, 5),
                "enrolments": rows,
            }
        )
        return 0
    print(f"{models.embedder.name} at standard, threshold {models.criterion.threshold:.3f}")
    output.print_table([{key: row[key] for key in row if key != "let_in"} for row in rows])
    for row in rows:
        for one in row["let_in"]:
            print(f"let in: enrolled from {row['enrolled from']} of {one[0]}, seen in {one[1]}")
    return 0


def _trials(models: "Models", clips: Sequence[Path]) -> Iterator[Trial]:
    from daemon.clients.cli import progress

    seen = {}
    with progress.counting("clips") as count:
        for done, clip in enumerate(clips, 1):
            seen[clip.name] = _seen(models, clip)
            count(done, len(clips))
    for looked_at, seconds in _ENROLLED:
        for name, frames in seen.items():
            appearance = _enrolled(models, frames, seconds)
            if appearance is None:
                continue
            for other, shown in seen.items():
                yield _trial(models, appearance, (name, looked_at, other), shown)


def _seen(models: "Models", clip: Path) -> "list[AnalysedFrame]":
    """What is seen in ten frames a second of the clip."""
    from daemon.clients.cli.evaluation.attempts import frames_of
    from daemon.recognition.observe import analyse

    pipeline, found, last = models.following_pipeline(), [], -1.0
    for frame in frames_of(clip):
        if frame.time - last >= _EVERY_SECONDS:
            last = frame.time
            found.append(analyse(pipeline, frame))
    return found


def _enrolled(
    models: "Models", frames: "Sequence[AnalysedFrame]", seconds: float
) -> "Appearance | None":
    """By the guide; whom that refuses, of the first faces anyhow. None without a face."""
    import numpy as np

    from daemon.recognition.frames import guide_observation
    from enroll.errors import EnrollError
    from enroll.guide.enroller import Enroller
    from enroll.template import Appearance, now

    embedder = models.embedder
    enroller = Enroller(
        "default",
        model_id=embedder.model_id,
        metric=embedder.metric,
        threshold=embedder.threshold,
    )
    within = [frame for frame in frames if frame.time <= frames[0].time + seconds]
    for frame in within:
        if enroller.done:
            break
        enroller.add(guide_observation(frame))
    try:
        return enroller.result(fewest=1).appearance
    except EnrollError:
        faces = [face.embedding for frame in within for face in frame.analysis.faces]
        if not faces:
            return None
        rows = np.stack(faces[:_FACES_ANYHOW])
        return Appearance("default", now(), embedder.model_id, embedder.metric, rows)


def _trial(
    models: "Models",
    appearance: "Appearance",
    names: tuple[str, str, str],
    frames: "Sequence[AnalysedFrame]",
) -> Trial:
    from daemon.api import Verdict
    from daemon.recognition.verifier import Verifier
    from enroll.template import Person

    matcher = models.info.matcher(Person("owner", (appearance,)))
    verifier, done, near = Verifier(matcher, still=False, liveness=None), False, 0
    distances: list[float] = []
    for frame in frames:
        judged = matcher.match(frame.analysis).judged
        if judged is not None:
            near += judged.matched
            distances.append(judged.distance)
        done = done or verifier.add(frame).done
    name, looked_at, other = names
    return Trial(
        enrolled=name,
        looked_at=looked_at,
        clip=other,
        own=name == other,
        matched=verifier.result().verdict is Verdict.MATCHED,
        frames=len(distances),
        near=near,
        nearest=min(distances, default=None),
    )


def _row(looked_at: str, trials: Sequence[Trial]) -> dict[str, Any]:
    made = [one for one in trials if one.looked_at == looked_at]
    owners, strangers = [one for one in made if one.own], [one for one in made if not one.own]
    nearest = [one.nearest for one in strangers if one.nearest is not None]
    return {
        "enrolled from": looked_at,
        "strangers": len(strangers),
        "strangers let in": sum(one.matched for one in strangers),
        "frames": sum(one.frames for one in strangers),
        "frames within": sum(one.near for one in strangers),
        "nearest": round(min(nearest), 3) if nearest else None,
        "owners": len(owners),
        "owners let in": sum(one.matched for one in owners),
        "let_in": [[one.enrolled, one.clip] for one in strangers if one.matched],
    }
