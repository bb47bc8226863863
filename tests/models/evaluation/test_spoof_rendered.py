from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.errors import UsageError
from models.evaluation.spoof import rates
from models.evaluation.spoof_rendered import of_half, rendered_trials, sitters
from models.evaluation.spoof_trials import Setup, Trials
from models.liveness.suite import Suite
from models.liveness.surroundings import SurroundingsCue
from models.synthetic.attacks import SPECIES
from models.types import Box, Detection, Image
from tests.models.synthetic.photos import OWNER_LANDMARKS, owner_photo


class _Owner:
    """Finds the owner's face wherever, or no face in pictures without colour."""

    name = "fake"

    def detect(self, image: Image) -> list[Detection]:
        if not image.any():
            return []
        return [Detection(Box(182, 64, 265, 171), 0.99, OWNER_LANDMARKS)]


def _read(path: Path) -> Image:
    return np.zeros((512, 512, 3), np.uint8) if path.stem == "dark" else owner_photo().image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for person in ("ada", "ben", "cleo"):
        (tmp_path / person).mkdir()
        (tmp_path / person / ("dark.jpg" if person == "ben" else "one.jpg")).touch()
        (tmp_path / person / "notes.txt").touch()
    return tmp_path


def _no_frames(_: Path) -> Iterator[tuple[float, Image]]:
    yield from ()


def test_people_with_a_usable_photo_are_numbered_in_order(folder: Path) -> None:
    people = sitters(folder, 2, _Owner(), _read)
    assert [(one.number, one.name) for one in people] == [(0, "ada"), (1, "cleo")]
    assert [one.name for one in of_half(people, "chosen-on")] == ["ada"]
    assert [one.name for one in of_half(people, "reported")] == ["cleo"]
    assert len(of_half(people, "all")) == 2
    with pytest.raises(UsageError):
        sitters(folder, 3, _Owner(), _read)


def test_each_person_is_tried_alive_and_as_every_attack(folder: Path) -> None:
    people = sitters(folder, 2, _Owner(), _read)
    runner = Trials(Suite([SurroundingsCue()]), _Owner, _no_frames, Setup("standard", 1.0, 1))
    made = list(rendered_trials(people, runner, half="reported", seconds=0.4, step=6))
    assert len(made) == len(SPECIES)
    assert {trial.presentation.person for trial in made} == {"cleo"}
    assert {rate.species for rate in rates(made)} == set(SPECIES) - {"bent"}
    assert all(trial.frames == 2 for trial in made)
