"""`facelatch evaluate folder` on a person's own folder: figures, plots, wrong input."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from daemon.clients.cli.main import main
from daemon.clients.cli.prepare import ensure_prepared
from models import zoo
from models.evaluation.accuracy_report import Section
from tests.data import shared_data
from tests.models.evaluation.fakes import ColourEmbedder, MiddleDetector

PEOPLE, PICTURES = 12, 4


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ColourEmbedder:
    """Pictures of one colour are people; no network runs."""
    embedder = ColourEmbedder()
    monkeypatch.setattr(zoo, "load_embedder", lambda *_, **__: embedder)
    monkeypatch.setattr(zoo, "load_detector", lambda *_, **__: MiddleDetector())
    monkeypatch.setenv("FACELATCH_CACHE", str(tmp_path / "cache"))
    return embedder


def picture(path: Path, colour: "np.typing.NDArray[np.int64]") -> None:
    """A face of `colour` with enough light and shade to be of good quality."""
    rng = np.random.default_rng(int(colour.sum()))
    shade = rng.integers(-20, 21, (120, 120, 1))
    image = np.clip(colour + shade, 1, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Twelve people with four pictures each, and one with a single one."""
    rng = np.random.default_rng(4)
    folder = tmp_path / "faces"
    for person in range(PEOPLE):
        colour = rng.integers(60, 200, 3)
        for number in range(PICTURES):
            picture(folder / f"P{person:02d}" / f"{number}.png", colour + rng.integers(-4, 5, 3))
    picture(folder / "Single" / "a.png", np.array([70, 150, 90]))
    return folder


def run(images: Path, *more: str) -> int:
    return main(["evaluate", "--images", str(images), *more])


@pytest.fixture
def report(images: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The report of everything that the folder allows."""
    assert run(images, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_everything_that_fits_runs(report: Any) -> None:
    assert report["protocol"] == "all"
    assert (
        report["data"]
        | {
            "people": PEOPLE + 1,
            "pictures": PEOPLE * PICTURES + 1,
            "people_with_one_picture": 1,
            "unreadable": 0,
            "undetected": 0,
            "poor": 0,
            "failure_to_acquire": 0.0,
        }
        == report["data"]
    )
    assert report["all_pairs"]["genuine"] == PEOPLE * 6
    assert report["all_pairs"]["impostors"] == 49 * 48 // 2 - PEOPLE * 6
    assert [one["enrolled"] for one in report["enrolment"]] == [1, 3]
    assert [one["people"] for one in report["enrolment"]] == [PEOPLE, PEOPLE]
    assert [one["genuine"] for one in report["enrolment"]] == [PEOPLE * 3, PEOPLE]
    assert report["enrolment"][0]["impostors"] == PEOPLE * 45
    assert set(report["all_pairs"]["rates"]) == {"0.01", "0.001", "0.0001", "0.00001", "0.000001"}
    assert set(report["quality"]["curves"]) == {"all-pairs", "1 enrolled"}
    assert [one["protocol"] for one in report["fairness"]] == ["all pairs", "3 enrolled"]
    assert report["not_run"] == [
        "enrolment of 5: nobody has more than 5 usable pictures",
        "enrolment of 10: nobody has more than 10 usable pictures",
    ]
    assert report["data"]["name"].endswith("/faces")
    assert report["peak_memory_mb"] > 10


def test_the_table_says_the_same(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(images, "--data", "made up") == 0
    out = capsys.readouterr().out
    for words in ("all pairs", "3 enrolled", "1e-3", "worst tenth", "rejected", "not run"):
        assert words in out


@pytest.mark.parametrize(
    ("protocol", "keys"),
    [
        ("all-pairs", {"all_pairs", "fairness"}),
        ("enrolment", {"enrolment", "enrolment_same_people", "fairness"}),
        ("quality", {"quality"}),
    ],
)
def test_one_protocol_alone(
    images: Path, protocol: str, keys: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(images, "--protocol", protocol, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    parts = {"all_pairs", "enrolment", "enrolment_same_people", "quality", "fairness"}
    assert made["protocol"] == protocol
    assert set(made) & parts == keys


def test_the_numbers_enrolled_are_those_asked_for(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(images, "--protocol", "enrolment", "--enrolled", "2, 1", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert [one["enrolled"] for one in made["enrolment"]] == [1, 2]


def test_failures_are_counted_and_cost(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (images / "P03" / "2.png").write_bytes(b"no picture")
    cv2.imwrite(str(images / "P04" / "3.png"), np.full((120, 120, 3), 1, np.uint8))
    cv2.imwrite(str(images / "P05" / "1.png"), np.zeros((120, 120, 3), np.uint8))
    cv2.imwrite(str(images / "P06" / "0.png"), np.full((120, 120, 3), 90, np.uint8))
    (images / "P07" / "notes.txt").write_text("x")
    (images / "Nobody").mkdir()
    assert run(images, "--json", "--enrolled", "1") == 0
    out, err = capsys.readouterr()
    made = json.loads(out)
    assert "1 pictures cannot be read, such as" in err
    data = made["data"]
    assert (data["unreadable"], data["undetected"], data["left_out_files"]) == (1, 1, 1)
    assert data["poor"] == 2  # as good as black, and flat: detected, and of no use
    assert data["empty_folders"] == 1
    (one,) = made["enrolment"]
    assert one["failures"] == 4
    assert one["genuine"] == PEOPLE * 3 - 4
    rate = one["rates"]["0.01"]
    assert rate["frr_with_failures"] == pytest.approx((rate["errors"] + 4) / (one["genuine"] + 4))


def test_groups(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "groups.csv"
    labels.write_text("person,group\n" + "".join(f"P{n:02d},{'ab'[n % 2]}\n" for n in range(10)))
    assert run(images, "--groups", str(labels), "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["data"]["unlabelled_people"] == 3
    groups = made["fairness"][0]["groups"]
    assert [(one["group"], one["people"]) for one in groups] == [
        ("(no label)", 3),
        ("a", 5),
        ("b", 5),
    ]


def test_plots_are_written_and_small(images: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "plots"
    assert run(images, "--json", "--plots", str(folder)) == 0
    made = {path.name: path for path in folder.iterdir()}
    assert set(made) == {
        "scores-colour-all-pairs.svg",
        "scores-colour-3-enrolled.svg",
        "det.svg",
        "frr-by-enrolled.svg",
        "error-by-rejected.svg",
    }
    for path in made.values():
        text = path.read_text()
        assert text.count("<svg") == 1
        assert len(text) < 60_000
        assert str(tmp_path) not in text


def test_precisions_side_by_side(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(images, "--compare-precision", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["within"] is True
    assert [one["lost"] for one in made["differences"]] == [0.0, 0.0]
    assert [one["people"] for one in made["differences"]] == [[0.0, 0.0], [0.0, 0.0]]
    assert run(images, "--compare-precision") == 0
    assert "+0.00 points" in capsys.readouterr().out


def test_degraded_pictures_are_embedded_anew(
    images: Path, fakes: ColourEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(images, "--json", "--protocol", "quality") == 0
    plain, calls = capsys.readouterr().out, fakes.calls
    assert run(images, "--json", "--protocol", "quality", "--degrade") == 0
    made = json.loads(capsys.readouterr().out)
    assert fakes.calls > calls
    assert made["data"]["name"].endswith(", degraded")
    assert made["quality"] != json.loads(plain)["quality"]


def fails(capsys: pytest.CaptureFixture[str], says: str) -> None:
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--protocol", "lfw"), "needs a list of pairs; --pairs FILE"),
        (("--enrolled", "9"), "9 enrolled: nobody has more than 9 usable pictures"),
        (("--plot", "x.png"), "--plot belongs to --pairs"),
        (("--pairs", "x", "--protocol", "all-pairs"), "--pairs belongs to the protocol of LFW"),
        (("--pairs", "x", "--degrade"), "belong to pictures without --pairs"),
        (("--groups", "none.csv"), "cannot read none.csv"),
        (("--plots", "/proc/none"), "cannot make the folder"),
        (("--clips", "9"), "--clips belongs to --sequences and --report"),
        (("--report", "x.txt"), "end it with .md"),
        (("--report", "none/x.md"), "does not exist"),
        (("--report", "x.md", "--json"), "--report measures everything"),
    ],
)
def test_options_that_make_no_sense(
    images: Path, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(images, *arguments) == 2
    fails(capsys, says)


@pytest.mark.parametrize("text", ["", "0", "1,x", "65", "-1", "1,,2", "1.5", "¹"])
def test_numbers_that_are_none(images: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(images, f"--enrolled={text}")
    assert stop.value.code == 2
    assert "is no list of numbers" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "0", "1", "-3", "100000", "9" * 5000, "1.5", "²"])
def test_a_number_of_clips_that_is_none(
    images: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(images, "--sequences", f"--clips={text}")
    assert stop.value.code == 2
    assert "is no number from 2 to" in capsys.readouterr().err


def test_folders_that_cannot_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("empty", "loose", "alone", "singles", "broken", "black"):
        (tmp_path / name).mkdir()
    picture(tmp_path / "loose" / "a.png", np.array([90, 90, 90]))
    picture(tmp_path / "alone" / "A" / "a.png", np.array([90, 90, 90]))
    for person, shade in (("A", 90), ("B", 120)):
        picture(tmp_path / "singles" / person / "a.png", np.array([shade, 90, 90]))
        (tmp_path / "broken" / person).mkdir()
        (tmp_path / "broken" / person / "a.png").write_bytes(b"x")
        (tmp_path / "black" / person).mkdir()
        black = np.zeros((120, 120, 3), np.uint8)
        assert cv2.imwrite(str(tmp_path / "black" / person / "a.png"), black)
    for name, says in (
        ("empty", "no pictures in"),
        ("loose", "holds pictures but no folders of pictures"),
        ("alone", "pictures of one person only: 'A'"),
        ("singles", "at least two people with usable pictures, one of them with two"),
        ("broken", "none of the 2 pictures can be read"),
        (
            "black",
            "a face is found in 0 of 2 pictures, of 0 of the people: fewer than two (0 unreadable)",
        ),
        ("none", "is not a folder"),
    ):
        assert run(tmp_path / name) == 2
        fails(capsys, says)


def test_a_report_has_every_part_and_nothing_of_this_machine(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon.clients.cli.evaluation import report

    monkeypatch.setattr(zoo, "resolve_embedder", lambda name: name)
    section = Section("Decision over frames", "On clips.", [{"security": "strict", "FRR": "1 %"}])
    monkeypatch.setattr(report, "_sections", lambda *_: (section,))
    page = tmp_path / "accuracy.md"
    assert run(images, "--report", str(page), "--embedder", "colour") == 0
    text = page.read_text()
    for words in (
        "facelatch evaluate report --images faces --output accuracy.md --embedder colour",
        "## In short",
        "### All pairs and enrolment",
        "### Decision over frames",
        "| strict | 1 % |",
        "## Does rejecting poor pictures help",
        "## Do errors fall on few",
        "## int8 beside float32",
        "## What this cannot tell",
        "(accuracy/det.svg)",
        "(accuracy/degraded-error-by-rejected.svg)",
    ):
        assert words in text
    assert str(tmp_path) not in text
    figures = (tmp_path / "accuracy" / "figures.json").read_text()
    assert str(tmp_path) not in figures
    assert set(json.loads(figures)["embedders"]) == {"colour"}
    for line in text.splitlines():
        if line.startswith("!["):
            assert (tmp_path / line.rpartition("(")[2].rstrip(")")).is_file()


def test_a_few_real_people(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    ensure_prepared(["mtcnn", "resnet"], quiet=True)
    everyone = sorted((shared_data("lfw") / "images").iterdir())
    chosen = [home for home in everyone if len(list(home.iterdir())) >= 4][:12]
    for home in chosen:
        (tmp_path / home.name).mkdir()
        for path in sorted(home.iterdir())[:4]:
            (tmp_path / home.name / path.name).symlink_to(path)
    assert run(tmp_path, "--embedder", "resnet", "--json", "--enrolled", "1,3") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["data"]["undetected"] <= 1
    assert made["all_pairs"]["impostors"] >= 1000
    assert made["all_pairs"]["eer"] < 0.08
    one, three = made["enrolment"]
    assert three["frr_at_far"]["0.01"] <= max(one["frr_at_far"]["0.01"], 0.1)
