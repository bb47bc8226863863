"""Clips of photos, judged as `verify` judges a camera: who is enrolled, the clips, the figures."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import calibrations
from models.detectors.following import FollowingDetector
from models.errors import FacelatchError, UsageError
from models.evaluation import collect, sequences, sequences_report
from models.evaluation.cache import EmbeddingCache, code_digest
from models.evaluation.collect import Collection
from models.evaluation.people import People
from models.evaluation.pictures import EmbeddedFace, central_face, digest
from models.evaluation.sequences import Gallery, Outcome, Visit
from models.evaluation.turns import ENROLLED
from models.evaluation.versions import versions
from models.evaluation.workbench import Workbench
from models.pipeline import FacePipeline
from models.scoring.calibration import Calibration
from models.scoring.security import ATTEMPTS, LEVELS, Level
from models.synthetic import clip, drawing
from models.synthetic.clip import DrawnClip, photo_shots
from models.types import MIN_QUALITY, Detector, Embedder

FRAMES, FPS = 30, 15.0
"""Of a clip: two seconds."""
MIN_FACE = 60
"""Of the detector in clips, as of a camera's; pixels."""
_SAVE_EVERY = 2_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """People with a template: rows of their enrolled pictures, and of the photos for clips."""

    enrolled: dict[int, list[int]]
    probes: list[tuple[int, int]]
    """Person and row."""


def measure(
    bench: Workbench,
    people: People,
    embedder: Embedder,
    moving: Detector,
    *,
    data: str,
    clips: int | None = None,
) -> sequences_report.Json:
    """The report as JSON. `moving` finds faces in clips; `clips` None plays all there can be.

    Raises UsageError where the folder does not allow it, ModelError.
    """
    began = time.monotonic()
    calibration = calibrations.load(embedder)
    collection = bench.collect(people, embedder)
    all_of = choose(people, collection)
    chosen = sampled(all_of, clips)
    visits = _play(bench, people, chosen, embedder, moving)
    appearances = [
        (person, collection.embeddings[rows]) for person, rows in chosen.enrolled.items()
    ]
    outcomes = _outcomes(visits, Gallery.of(appearances, calibration), calibration)
    setup = sequences_report.Setup(
        embedder=embedder.name,
        model_id=embedder.model_id,
        precision=embedder.precision,
        detector=bench.detector.name,
        data=data,
        people=len(chosen.enrolled),
        enrolled=ENROLLED,
        frames=FRAMES,
        fps=FPS,
        photos=len(all_of.probes),
        clips=len(visits),
        failures=len(chosen.probes) - len(visits),
        seconds=time.monotonic() - began,
        versions=versions("mtcnn"),
    )
    return sequences_report.sequences_json(outcomes, setup, calibration)


def _outcomes(
    visits: list[Visit], gallery: Gallery, calibration: Calibration
) -> dict[str, list[Outcome]]:
    """By kind of visit, at each level; a kind that no person has two clips for is left out."""
    levels = [Level(name, far) for name, far in LEVELS.items()]
    made = {}
    two = sequences.joined(visits)
    attempts = sequences.attempts_of_visits(two)
    for kind, played, grouped in (
        ("one photo", visits, None),
        ("two photos", two, None),
        (f"up to {ATTEMPTS} attempts of two photos", two, attempts),
    ):
        if played or kind == "one photo":
            measured = sequences.measure(played, gallery, calibration)
            made[kind] = [
                sequences.judge(measured, calibration, level, visits=grouped) for level in levels
            ]
    return made


def choose(people: People, collection: Collection) -> Chosen:
    """The first pictures of everybody who has more usable ones than are enrolled, and the rest."""
    usable = collection.detected & (collection.quality >= MIN_QUALITY)
    enrolled, probes = {}, []
    for person in range(len(people.names)):
        rows = np.flatnonzero(people.person == person)
        good = [int(row) for row in rows if usable[row]][:ENROLLED]
        if len(good) < ENROLLED or len(rows) <= ENROLLED:
            continue
        enrolled[person] = good
        probes += [(person, int(row)) for row in rows if row not in good]
    if len(enrolled) < 2:
        raise UsageError(
            f"{len(enrolled)} people have more than {ENROLLED} usable pictures",
            "sequences need at least two",
        )
    return Chosen(enrolled, probes)


def sampled(chosen: Chosen, clips: int | None) -> Chosen:
    """So many of the photos for clips, of people drawn at random: always the same ones.

    Of each person as many as make the attempts of one visit, so that visits can be measured.
    """
    if clips is None or clips >= len(chosen.probes):
        return chosen
    by_person: dict[int, list[tuple[int, int]]] = {}
    for person, row in chosen.probes:
        by_person.setdefault(person, []).append((person, row))
    drawn = np.random.default_rng(_SEED).permutation(sorted(by_person))
    kept = [probe for person in drawn for probe in by_person[int(person)][: 2 * ATTEMPTS]]
    return Chosen(chosen.enrolled, sorted(kept[:clips]))


def _play(
    bench: Workbench, people: People, chosen: Chosen, embedder: Embedder, moving: Detector
) -> list[Visit]:
    """The clip of every photo in which there is a face."""
    player = _Player(bench, embedder, moving)
    visits = []
    try:
        with bench.counting("playing clips") as counter:
            for number, (person, row) in enumerate(chosen.probes, 1):
                visit = player.visit(person, people.paths[row])
                if visit is not None:
                    visits.append(visit)
                counter(number, len(chosen.probes))
    finally:
        player.cache.save()
    return visits


class _Player:
    """Makes clips of photos and embeds their frames, each once."""

    def __init__(self, bench: Workbench, embedder: Embedder, moving: Detector) -> None:
        self._bench = bench
        self._embedder = embedder
        self._moving = moving
        sources = [Path(str(module.__file__)) for module in (clip, drawing)]
        self.cache: EmbeddingCache = collect.open_cache(
            embedder,
            moving.name,
            min_face=MIN_FACE,
            changed=f"clips of {FRAMES} at {FPS:g}: {code_digest(sources)}",
        )

    def visit(self, person: int, photo: Path) -> Visit | None:
        """The clip of `photo`, None where it cannot be read or shows no face."""
        try:
            key = digest(photo)
            frames = [self.cache.get(_frame_key(key, index)) for index in range(FRAMES)]
            faces = [face for face in frames if face is not None]
            if len(faces) < FRAMES:
                faces = self._played(photo, key)
        except FacelatchError:
            return None
        return Visit(
            person,
            np.arange(FRAMES) / FPS,
            np.stack([face.embedding for face in faces]),
            np.array([face.quality for face in faces], dtype=np.float32),
        )

    def _played(self, photo: Path, key: str) -> list[EmbeddedFace]:
        image = self._bench.read(photo)
        face = central_face(self._bench.detector.detect(image), image)
        if face is None:
            raise UsageError(f"no face in {photo}")
        shots = photo_shots([image], faces=[face.box], seconds=FRAMES / FPS)
        played = DrawnClip(shots, fps=FPS, seed=int(key[:8], 16))
        pipeline = FacePipeline(FollowingDetector(self._moving), self._embedder, max_faces=1)
        faces = []
        for index in range(FRAMES):
            seen = pipeline.analyse(played.frame_at(index)).faces
            faces.append(_embedded(seen[0].embedding, seen[0].quality.score) if seen else None)
        size = next((face.embedding.size for face in faces if face is not None), 1)
        nothing = EmbeddedFace(np.full(size, np.nan, dtype=np.float32), detected=False)
        kept = [nothing if one is None else one for one in faces]
        for index, one in enumerate(kept):
            self.cache.put(_frame_key(key, index), one)
        if self.cache.unsaved >= _SAVE_EVERY:
            self.cache.save()
        return kept


def _embedded(
    embedding: np.ndarray[tuple[int], np.dtype[np.float32]], score: float
) -> EmbeddedFace:
    return EmbeddedFace(embedding, True, score)


def _frame_key(picture: str, index: int) -> str:
    return hashlib.sha256(f"{picture}:{index}".encode()).hexdigest()
