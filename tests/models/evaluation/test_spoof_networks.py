"""The report on each texture network: thresholds are tried on other people."""

from models.evaluation.spoof_networks import Scored, auc, crossed, report


def face(person: str, living: bool, score: float) -> Scored:
    return Scored(person, living, {"net": score})


APART = [
    face(person, living, (3.0 if living else -3.0) + shift)
    for person in ("ada", "bob", "cy", "dee")
    for living in (True, False)
    for shift in (-1.0, 0.0, 1.0)
]


def test_a_network_that_tells_all_apart() -> None:
    assert auc(APART, "net") == 1.0
    assert crossed(APART, "net") == (0.0, 0.0)


def test_a_network_that_guesses() -> None:
    same = [face(one.person, one.living, 0.0) for one in APART]
    assert auc(same, "net") == 0.5
    assert crossed(same, "net") == (0.0, 1.0)


def test_thresholds_are_those_of_the_other_half() -> None:
    """One half's attacks score high: its threshold refuses the other half's living."""
    found = [
        *(face("ada", True, 3.0), face("ada", False, 2.0)),
        *(face("bob", True, 1.0), face("bob", False, -2.0)),
    ]
    assert crossed(found, "net") == (0.5, 0.5)


def test_the_report_names_every_network() -> None:
    shown = report("crops", APART)
    assert shown.splitlines()[0] == "crops: 12 living faces, 12 of attacks"
    assert "net" in shown
    assert "AUC 1.0000" in shown
