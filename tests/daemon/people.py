"""Real people of the shared photos: who has at least three pictures, and everybody else."""

import csv
import hashlib
from collections import defaultdict
from pathlib import Path

_PHOTOS = {
    "obama": (
        "tests_test_images/obama.jpg",
        "tests_test_images/obama2.jpg",
        "tests_test_images/obama3.jpg",
        "knn_examples/test/obama1.jpg",
    ),
    "kit": (
        "knn_examples/train/kit_harington/john1.jpeg",
        "knn_examples/train/kit_harington/john2.jpeg",
        "knn_examples/test/johnsnow_test1.jpg",
    ),
    "alex": (
        "examples/alex-lacamoire.png",
        "knn_examples/train/alex_lacamoire/img1.jpg",
        "knn_examples/test/alex_lacamoire1.jpg",
    ),
    "rose": (
        "knn_examples/train/rose_leslie/img1.jpg",
        "knn_examples/train/rose_leslie/img2.jpg",
    ),
    "biden": ("tests_test_images/biden.jpg", "knn_examples/train/biden/biden2.jpg"),
    "miranda": ("examples/lin-manuel-miranda.png",),
}


def people(photos: Path) -> dict[str, list[Path]]:
    """Name to pictures, no picture twice, from `photos/` of the shared data."""
    named = {
        name: [photos / "face_recognition" / file for file in files]
        for name, files in _PHOTOS.items()
    }
    return {name: _distinct(files) for name, files in {**named, **_paired(photos)}.items()}


def _paired(photos: Path) -> dict[str, list[Path]]:
    """The people behind deepface's pairs: pictures said to be the same person, joined."""
    folder = photos / "deepface"
    parent: dict[str, str] = {}

    def root(file: str) -> str:
        parent.setdefault(file, file)
        return file if parent[file] == file else root(parent[file])

    with (folder / "master.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            one, other = root(row["file_x"]), root(row["file_y"])
            if row["Decision"] == "Yes":
                parent[one] = other
    groups = defaultdict(list)
    for name in sorted(parent):
        groups[f"deepface {root(name)}"].append(folder / name)
    return dict(groups)


def _distinct(files: list[Path]) -> list[Path]:
    by_digest = {hashlib.sha256(file.read_bytes()).digest(): file for file in reversed(files)}
    return sorted(by_digest.values())
