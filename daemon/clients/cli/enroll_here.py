"""`facelatch enroll` without the daemon: the caller's own camera and store."""

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import enroll_view, output, session, surety
from daemon.clients.requests.preview import Picture
from daemon.foreground.enrol import Watch, enrol
from daemon.sources.reader import FrameWorker
from enroll.errors import EnrollError, StoreError
from enroll.guide.enroller import Enrolment
from enroll.guide.prompts import grade
from enroll.guide.summary import Summary, summarise
from enroll.template import check_name
from models import calibrations
from models.assets import trained
from models.errors import UsageError
from models.pipeline import FacePipeline
from models.scoring.calibration import Criterion, criterion

if TYPE_CHECKING:
    from daemon.clients.cli.session import Session
    from daemon.sources.base import Frame
    from enroll.guide.guide import Step
    from enroll.store.store import TemplateStore
    from enroll.template import Person

_PREVIEW_WIDTH = 160


def run(arguments: argparse.Namespace, name: str) -> int:
    """Exit 0 once the appearance is stored; raises FacelatchError where there is none."""
    name = check_name(name)
    check_name(arguments.appearance, what="name of an appearance")
    store = session.store_of(arguments)
    # Before the camera is opened, so that nobody's time is wasted.
    _check_store(store)
    if arguments.from_photos:
        arguments.source = str(arguments.from_photos)
    models = session.open_session(arguments, follow=False)
    if not arguments.replace:
        _check_free(store, name, arguments.appearance, models.embedder.model_id)
    calibration = calibrations.load(models.embedder)
    enrolment = _enrol(arguments, models, name)
    others, remarks = _others(store, name)
    summary = summarise(
        enrolment.appearance,
        quality=enrolment.quality,
        missing=enrolment.missing,
        others=others,
        calibration=calibration,
        level=arguments.security,
    )
    if summary.twins and not arguments.even_if_alike:
        raise _twins(summary.twins)
    store.add_appearance(name, enrolment.appearance)
    report = _report(name, enrolment, models)
    remarks += weakness(models.embedder.name)
    report |= _promises(summary, criterion(calibration, arguments.security), remarks)
    if arguments.json:
        output.print_json(report)
    else:
        print(_sentence(report))
    return 0


def _check_store(store: "TemplateStore") -> None:
    """Raises StoreError where the store cannot be used, UsageError where its files would be root's
    in somebody's home.
    """
    if os.geteuid() == 0 and (owner := owner_of_place(store.folder)) != 0:
        raise UsageError(
            f"{store.folder} lies in a folder of user {owner}, and its files would be root's",
            "run this without sudo, or name another folder: --store DIR",
        )
    store.names()


def _check_free(store: "TemplateStore", name: str, appearance: str, model_id: str) -> None:
    """Raises EnrollError where an appearance of that name and model would be replaced unasked."""
    if name not in store.names():
        return
    if any(one.name == appearance for one in store.load(name).appearances_of(model_id)):
        raise EnrollError(
            f"{name} has an appearance {appearance!r} already",
            "replace it with --replace, or name another: --appearance NAME",
        )


def owner_of_place(folder: Path) -> int:
    """The uid that owns the folder, or the nearest one above it that exists."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    return place.stat().st_uid


def _twins(names: tuple[str, ...]) -> EnrollError:
    return EnrollError(
        f"this face is too much like that of {', '.join(names)}, who is enrolled: either could be "
        "taken for the other",
        "if it is the same person, add --even-if-alike",
    )


def _others(store: "TemplateStore", name: str) -> "tuple[list[Person], list[str]]":
    """Everybody else who is enrolled, and what keeps us from knowing them all."""
    try:
        return [store.load(other) for other in store.names() if other != name], []
    except StoreError as error:
        return [], [f"not compared with others who are enrolled: {error}"]


def weakness(embedder: str) -> list[str]:
    """What to say of a network that was trained here: an enrolment's score says nothing of it.

    Raises ModelError where there is none of that name.
    """
    if not trained.is_trained(embedder) or not (why := trained.read(embedder).weakness):
        return []
    return [f"{embedder} is too weak to unlock a session: {why}"]


def _enrol(arguments: argparse.Namespace, models: "Session", name: str) -> Enrolment:
    pipeline = FacePipeline(models.detector, models.embedder)
    liveness = session.liveness_of(arguments, models)
    with session.source_of(arguments) as source:
        quiet = arguments.json or source.still
        with FrameWorker(source) as worker, _watching(name, quiet=quiet) as watch:
            return enrol(
                worker,
                pipeline,
                models.embedder,
                appearance=arguments.appearance,
                seconds=arguments.seconds,
                liveness=None if source.still else liveness,
                still=source.still,
                watch=watch,
                scene=session.scene_of(arguments, models, source),
            )


@contextlib.contextmanager
def _watching(name: str, *, quiet: bool) -> Iterator[Watch | None]:
    if quiet:
        yield None
        return
    with enroll_view.shown() as show:
        yield lambda frame, step: show(_scene(name, frame, step))


def _scene(name: str, frame: "Frame", step: "Step") -> enroll_view.Scene:
    return enroll_view.Scene(
        name,
        step.prompt.value,
        step.progress,
        tuple(one.value for one in step.covered),
        step.quality,
        _picture(frame),
    )


def _picture(frame: "Frame") -> Picture:
    step = max(frame.image.shape[1] // _PREVIEW_WIDTH, 1)
    small = frame.image[::step, ::step, ::-1]
    return Picture(small.shape[1], small.shape[0], frame.index, small.tobytes())


def _promises(summary: Summary, decisive: Criterion, remarks: list[str]) -> dict[str, Any]:
    return {
        "threshold": round(summary.threshold, 4),
        **surety.to_json(decisive),
        "reaches": None if summary.reaches is None else summary.reaches.name,
        "score": round(summary.score, 2),
        "expected_misses": round(summary.expected_misses, 4),
        "remarks": [*summary.advice, *remarks],
    }


def _report(name: str, enrolment: Enrolment, models: "Session") -> dict[str, Any]:
    return {
        "result": "enrolled",
        "name": name,
        "appearance": enrolment.appearance.name,
        "kept": len(enrolment.selection.kept),
        "rejected": dict(enrolment.selection.rejected),
        "frames_seen": enrolment.frames_seen,
        "faces_seen": enrolment.faces_seen,
        "embedder": models.embedder.name,
        "precision": models.embedder.precision,
        "detector": models.detector_name,
    }


def _sentence(report: dict[str, Any]) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in report["rejected"].items())
    first = (
        f"enrolled {report['name']}, appearance {report['appearance']!r}: kept {report['kept']} of "
        f"{report['frames_seen']} frames"
        + (f" (left out: {left_out})" if left_out else "")
        + f" [{report['embedder']} {report['precision']}, {report['detector']}; threshold "
        f"{report['threshold']:.3f}, {surety.sentence(report)}]"
    )
    return "\n".join([first, _graded(report), *map(_remark, report["remarks"]), *_short(report)])


def _graded(report: dict[str, Any]) -> str:
    return (
        f"{grade(report['score'])}: score {round(100 * report['score'])} of 100, about "
        f"{report['expected_misses']:.0%} of visits missed at security {report['security']}"
    )


def _remark(text: str) -> str:
    return f"note: {text}"


def _short(report: dict[str, Any]) -> list[str]:
    if report["reaches"] == report["security"]:
        return []
    if report["reaches"] is None:
        return ["This appearance can keep no level of security."]
    return [f"This appearance can keep security {report['reaches']}, but not {report['security']}."]
