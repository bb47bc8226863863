"""The page says what each group gets and pays, first of its limits."""

from models.evaluation import group_section


def rate(**changed: object) -> dict[str, object]:
    found = {"people": 9, "genuine": 20, "frr": 0.05, "accepted": 1, "impostors": 900}
    return {**found, "kept": True, **changed}


def report() -> dict[str, object]:
    groups = {"everybody": rate(), "women": rate(frr=0.1, kept=False), "(no label)": rate()}
    return {
        "embedder": "mbf",
        "precision": "int8",
        "levels": {"standard": {"promise": 1e-4, "groups": groups}},
        "held_out": {
            "standard": {
                **{"frr": 0.3, "missed": "women", "missed_frr": 0.4, "group": "men"},
                **{"far": 1e-5, "kept": True, "usable": False},
            }
        },
    }


def test_every_group_with_a_name_has_its_row() -> None:
    made = group_section.blocks([report()])
    assert made[0].startswith("## What each group")
    assert "| women | 9 | 10.00 % | 20 | 1 | 900 | **no** |" in made[2]
    assert "no label" not in made[2]
    assert "| 30.00 % | women: 40.00 % | men: 1.0e-05 | yes | **no** |" in made[-1]


def test_what_a_threshold_could_do_at_best_is_told_last() -> None:
    known = {"worst": "women", "frr": {"women": 0.1}, "frr_unheeded": {"women": 0.01, "men": None}}
    made = group_section.blocks([{**report(), "hindsight": {"standard": known, "strict": known}}])
    assert "| mbf | standard | women | women 10.00 % | women 1.00 %, men  |" in made[-1]
    assert "strict" not in made[-1]


def test_what_each_group_pays_is_the_first_limit_and_what_is_not_measured_is_named() -> None:
    paid, unmeasured = group_section.limits([report()])
    assert "by group: everybody 5.00 %, women 10.00 %." in paid
    for word in ("age", "skin", "glasses", "children", "twins"):
        assert word in unmeasured


def test_without_groups_nothing_is_said() -> None:
    assert group_section.blocks([]) == group_section.limits([]) == []
