"""Each picture is embedded once; damage and interruption lose nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.cache import EmbeddingCache, code_digest, settings_key
from models.evaluation.collect import Collection, collect, open_cache
from models.evaluation.pictures import EmbeddedFace, PictureEmbedder
from models.types import Image
from tests.models.evaluation.fakes import ColourEmbedder, MiddleDetector, picture, read_picture

RED, GREEN, BLACK = (0, 0, 200), (0, 200, 0), (0, 0, 0)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("red.png", "green.png", "black.png", "red-again.png")]
    for path, colour in zip(paths, (RED, GREEN, BLACK, RED), strict=True):
        path.write_bytes(picture(colour))
    return paths


def run(pictures: list[Path], cache_file: Path) -> tuple[Collection, int, EmbeddingCache]:
    embedder = ColourEmbedder()
    cache = EmbeddingCache.load(cache_file)
    result = collect(pictures, read_picture, PictureEmbedder(MiddleDetector(), embedder), cache)
    return result, embedder.calls, cache


def test_every_picture_has_a_row_and_is_embedded_once(pictures: list[Path], tmp_path: Path) -> None:
    result, calls, _ = run(pictures, tmp_path / "c" / "faces")
    assert calls == 3  # the two red pictures are one
    assert result.embeddings == pytest.approx(np.array([RED, GREEN, BLACK, RED]))
    assert result.detected.tolist() == [True, True, False, True]
    assert result.undetected == 1
    assert result.unreadable == ()
    assert result.from_cache == 1


def test_the_second_run_embeds_nothing_and_agrees(pictures: list[Path], tmp_path: Path) -> None:
    first, _, _ = run(pictures, tmp_path / "faces")
    second, calls, cache = run(pictures, tmp_path / "faces")
    assert calls == 0
    assert not cache.damaged
    assert second.from_cache == 4
    assert np.array_equal(second.embeddings, first.embeddings)
    assert np.array_equal(second.detected, first.detected)


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:0],
        lambda content: content[:-1],
        lambda content: content[:60] + bytes([content[60] ^ 1]) + content[61:],
        lambda content: b"\x80\x04pickle" + content,
        lambda content: b"\0" * len(content),
    ],
)
def test_a_damaged_file_is_noticed_and_made_anew(
    pictures: list[Path], tmp_path: Path, damage: Damage
) -> None:
    file = tmp_path / "faces"
    first, _, _ = run(pictures, file)
    file.write_bytes(damage(file.read_bytes()))
    second, calls, cache = run(pictures, file)
    assert cache.damaged
    assert calls == 3
    assert np.array_equal(second.embeddings, first.embeddings)
    assert not EmbeddingCache.load(file).damaged


def test_a_changed_picture_is_embedded_again(pictures: list[Path], tmp_path: Path) -> None:
    run(pictures, tmp_path / "faces")
    pictures[0].write_bytes(picture((200, 0, 0)))
    result, calls, _ = run(pictures, tmp_path / "faces")
    assert calls == 1
    assert result.embeddings[0] == pytest.approx([200, 0, 0])


def test_unreadable_pictures_are_listed_and_have_no_embedding(
    pictures: list[Path], tmp_path: Path
) -> None:
    pictures[1].write_bytes(b"not a picture")
    pictures[2].unlink()
    result, _, _ = run(pictures, tmp_path / "faces")
    assert result.unreadable == (pictures[1], pictures[2])
    assert np.isnan(result.embeddings[1:3]).all()
    assert result.undetected == 0


def test_what_was_done_before_an_interruption_is_kept(pictures: list[Path], tmp_path: Path) -> None:
    def interrupted(image: Image) -> EmbeddedFace:
        if (image == 0).all():
            raise KeyboardInterrupt
        return EmbeddedFace(np.zeros(3, dtype=np.float32), True)

    cache = EmbeddingCache.load(tmp_path / "faces")
    with pytest.raises(KeyboardInterrupt):
        collect(pictures, read_picture, interrupted, cache)
    assert len(EmbeddingCache.load(tmp_path / "faces").rows) == 2


def test_progress_counts_to_the_end(pictures: list[Path], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    collect(
        pictures,
        read_picture,
        PictureEmbedder(MiddleDetector(), ColourEmbedder()),
        EmbeddingCache.load(tmp_path / "faces"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_no_pictures_give_an_empty_collection(tmp_path: Path) -> None:
    result, _, _ = run([], tmp_path / "faces")
    assert result.embeddings.shape == (0, 0)
    assert not (tmp_path / "faces").exists()


def test_only_the_owner_reads_the_cache(pictures: list[Path], tmp_path: Path) -> None:
    run(pictures, tmp_path / "faces")
    assert (tmp_path / "faces").stat().st_mode & 0o777 == 0o600


def test_keys_follow_settings_and_code(tmp_path: Path) -> None:
    assert settings_key({"a": 1, "b": 2}) == settings_key({"b": 2, "a": 1})
    assert settings_key({"a": 1}) != settings_key({"a": 2})
    source = tmp_path / "a.py"
    source.write_text("x = 1")
    before = code_digest([source])
    source.write_text("x = 2")
    assert code_digest([source]) != before


def test_the_cache_of_other_settings_is_another_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path))

    def path(embedder: ColourEmbedder, detector: str, min_face: int) -> Path:
        return open_cache(embedder, detector, min_face=min_face).path

    other = ColourEmbedder()
    other.model_id = "colour:1"
    paths = {
        path(ColourEmbedder(), "mtcnn", 40),
        path(other, "mtcnn", 40),
        path(ColourEmbedder(), "haar", 40),
        path(ColourEmbedder(), "mtcnn", 60),
    }
    assert len(paths) == 4
    assert all(one.parent == tmp_path / "embeddings" for one in paths)
    assert path(ColourEmbedder(), "mtcnn", 40) in paths
