"""Folders of people and Olivetti's file; what is neither is refused in words."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from models.errors import UsageError
from models.training import sources
from models.types import Image


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


def test_att_tree(tmp_path: Path) -> None:
    for person in ("s1", "s2"):
        (tmp_path / person).mkdir()
        for number in (1, 2):
            cv2.imwrite(str(tmp_path / person / f"{number}.pgm"), np.full((112, 92), 90, np.uint8))
    found = sources.open_source(tmp_path, read)
    assert [(p.person, p.name) for p in found][:2] == [("s1", "s1/1.pgm"), ("s1", "s1/2.pgm")]
    assert found[0].load().shape == (336, 276, 3)


def test_olivetti_pictures_stand_upright_and_ten_make_a_person(tmp_path: Path) -> None:
    faces = np.zeros((4096, 20), np.uint8)
    faces[:, 10] = np.repeat(np.arange(64), 64)  # column-major: brighter to the right
    path = tmp_path / "olivettifaces.mat"
    scipy.io.savemat(path, {"faces": faces})
    found = sources.open_source(path, read)
    assert [p.person for p in found] == ["s01"] * 10 + ["s02"] * 10
    image = found[10].load()
    assert image.shape == (256, 256, 3)
    assert image[200, 30, 0] < image[200, 220, 0]


@pytest.mark.parametrize(
    "content",
    [
        {"faces": np.zeros((4096, 2), complex)},
        {"faces": np.zeros((64, 64))},
        {"other": np.zeros(3)},
    ],
)
def test_another_mat_is_refused(tmp_path: Path, content: dict[str, object]) -> None:
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, content)
    with pytest.raises(UsageError, match="not Olivetti"):
        sources.open_source(path, read)


def test_what_is_no_source_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.mat").write_bytes(b"not a file of MATLAB")
    for path in (tmp_path / "x.mat", tmp_path / "none.mat", tmp_path / "none"):
        with pytest.raises(UsageError):
            sources.open_source(path, read)
