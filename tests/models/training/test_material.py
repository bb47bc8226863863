"""The pictures behind a data set: the same ones, or none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.sources.pictures import read_picture
from models.errors import UsageError
from models.training import prepare, run, sources
from models.training.crops import CropSettings
from models.training.dataset import Dataset
from tests.models.training import toys


def made(tmp_path: Path) -> Dataset:
    for person in range(8):
        home = tmp_path / "people" / f"p{person}"
        home.mkdir(parents=True)
        for number in range(2):
            cv2.imwrite(str(home / f"{number}.png"), toys.picture(person, number))
    found = sources.open_source(tmp_path / "people", read_picture)
    order = prepare.Order(str(tmp_path / "people"), CropSettings(32), 0, 2, 2)
    return prepare.prepare(found, toys.OneFace(), tmp_path / "data", order, toys.quiet)


def test_every_part_has_its_own_people(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    parts = run.parts_of(dataset, read_picture, "toys")
    assert parts.validation is not None
    assert parts.test is not None
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (8, 4, 4)
    assert parts.train.people.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    first = dataset.part("train")[0]
    assert parts.train.faces[0].name == first.source
    crop = parts.train.crops(dataset.crops)[0]
    saved = cv2.imread(str(tmp_path / "data" / first.file))
    assert saved is not None
    assert (crop == np.asarray(saved)).all()


def test_a_picture_that_changed_or_is_gone_is_said(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    picture = tmp_path / "people" / dataset.part("train")[0].source
    cv2.imwrite(str(picture), np.zeros((300, 240, 3), np.uint8))
    parts = run.parts_of(dataset, read_picture, "toys")
    with pytest.raises(UsageError, match="has changed since"):
        parts.train.crops(dataset.crops)
    picture.unlink()
    with pytest.raises(UsageError, match="no longer in"):
        run.parts_of(dataset, read_picture, "toys")
