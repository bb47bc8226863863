"""Error rates of liveness: what is counted, over whom, and from which files."""

from pathlib import Path

import pytest

from models.errors import UsageError
from models.evaluation.spoof import (
    Presentation,
    Trial,
    as_json,
    det,
    rates,
    read_presentations,
)
from models.evaluation.spoof_plot import plot_det
from models.liveness.fusion import Decision


def trial(
    species: str, person: str, decision: Decision, total: float = 0.0, by: tuple[str, ...] = ()
) -> Trial:
    shown = Presentation(Path(f"{species}/{person}/clip.mp4"), species, person)
    return Trial(shown, 0.5, decision, total, by, 60, 3.0)


TRIALS = [
    trial("live", "ada", "live", 3.0),
    trial("live", "ada", "not live", -4.0, ("texture: picture",)),
    trial("live", "bob", "live", 2.0),
    trial("live", "cy", "unclear", 0.5, ("attention: eyes-closed",)),
    trial("print", "ada", "not live", -5.0, ("texture: picture", "depth: flat")),
    trial("print", "bob", "live", 2.5),
    trial("print", "bob", "live", 1.5),
    trial("phone", "ada", "unclear", 0.0),
]


def test_attacks_called_living_and_living_called_attacks_are_counted_by_species() -> None:
    live, printed, phone = rates(TRIALS)
    assert (live.species, live.wrong, live.trials, live.unclear) == ("live", 1, 4, 1)
    assert (printed.species, printed.wrong, printed.trials) == ("print", 2, 3)
    assert printed.share == pytest.approx(2 / 3)
    assert (phone.species, phone.wrong, phone.unclear) == ("phone", 0, 1)


def test_the_interval_is_over_people_not_trials() -> None:
    live, printed, _ = rates(TRIALS)
    assert (live.people, live.people_wrong) == (3, 1)
    assert (printed.people, printed.people_wrong) == (2, 1)
    # Clopper and Pearson for 1 of 2: beta quantiles.
    assert printed.interval.low == pytest.approx(0.0126, abs=1e-4)
    assert printed.interval.high == pytest.approx(0.9874, abs=1e-4)


def test_which_cue_spoke_first_is_counted() -> None:
    live, printed, phone = rates(TRIALS)
    assert live.by == {"texture: picture": 1, "attention: eyes-closed": 1}
    assert printed.by == {"texture: picture": 1}
    assert phone.by == {}


def test_failures_are_listed_by_file() -> None:
    report = as_json(TRIALS)
    assert [(one["file"], one["decision"]) for one in report["failures"]] == [
        ("live/ada/clip.mp4", "not live"),
        ("print/bob/clip.mp4", "live"),
        ("print/bob/clip.mp4", "live"),
    ]
    assert len(report["unclear"]) == 2
    assert report["cost_ms"] == 3.0


def test_the_det_curve_runs_from_all_passed_to_all_refused() -> None:
    passed, refused = det(TRIALS, "print")
    assert (passed[0], refused[0]) == (1.0, 0.0)
    assert (passed[-1], refused[-1]) == (0.0, 1.0)
    assert sorted(passed, reverse=True) == list(passed)
    assert sorted(refused) == list(refused)


def test_the_plot_is_written(tmp_path: Path) -> None:
    plot_det(tmp_path / "det.png", TRIALS)
    assert (tmp_path / "det.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_of_species_and_people_is_read(tmp_path: Path) -> None:
    for name in ("live/ada/1.jpg", "live/ada/2.jpg", "print/0001/x.png", "phone/bob.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "live/ada/notes.txt").touch()
    found = read_presentations(tmp_path)
    assert [(one.species, one.person) for one in found] == [
        ("live", "ada"),
        ("live", "ada"),
        ("print", "0001"),
        ("phone", "bob"),
    ]


def test_a_list_names_files_under_its_root(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("file,species,person,face\na.mp4,phone,ada,smallest\nb.mp4,live,bob\n")
    first, second = read_presentations(listed, Path("/data"))
    assert first == Presentation(Path("/data/a.mp4"), "phone", "ada", "smallest")
    assert second == Presentation(Path("/data/b.mp4"), "live", "bob", "largest")
    assert read_presentations(listed)[1].path == tmp_path / "b.mp4"


@pytest.mark.parametrize(
    "row",
    ["a.mp4,mask,ada,", "a.mp4,live,,", ",live,ada,", "a.mp4,live,ada,left", "a.mp4"],
)
def test_a_line_that_does_not_say_enough_is_named(tmp_path: Path, row: str) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(f"file,species,person,face\n{row}\n")
    with pytest.raises(UsageError, match="line 2"):
        read_presentations(listed)


def test_what_is_not_there_or_empty_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no clips"):
        read_presentations(tmp_path)
    with pytest.raises(UsageError, match="cannot read"):
        read_presentations(tmp_path / "nothing.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot read"):
        read_presentations(tmp_path / "bytes.csv")
