"""Which network goes on where a better one was installed after people had enrolled."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.policy.embedder import EmbedderChoice, choose_embedder, embedder_of

ORDER = ("best", "good", "plain")
ALL = frozenset(ORDER)
SOME = st.sets(st.sampled_from(ORDER))


def _chosen(*people: str, usable: frozenset[str] = ALL) -> EmbedderChoice:
    ids = [[f"{name}:0123456789abcdef.1" for name in person.split()] for person in people]
    return choose_embedder(ids, usable=usable, best_first=ORDER)


def test_whoever_is_enrolled_keeps_their_network() -> None:
    assert _chosen("plain") == EmbedderChoice("plain", better="best")


def test_where_nobody_is_enrolled_the_best_will_do() -> None:
    assert _chosen() == EmbedderChoice()


def test_the_network_of_most_people_is_kept_and_of_two_the_better() -> None:
    assert _chosen("plain", "plain", "best").kept == "plain"
    assert _chosen("plain", "good").kept == "good"
    assert _chosen("plain good", "plain").kept == "plain"


def test_one_that_is_installed_no_more_cannot_be_kept() -> None:
    assert _chosen("plain", usable=frozenset({"best"})) == EmbedderChoice()
    assert _chosen("plain", "good", usable=frozenset({"plain"})) == EmbedderChoice("plain")


def test_the_best_has_no_better() -> None:
    assert _chosen("best") == EmbedderChoice("best")
    assert _chosen("good", usable=frozenset({"good"})) == EmbedderChoice("good")


def test_a_trained_network_has_a_colon_in_its_name() -> None:
    assert embedder_of("siamese:mine:0123456789abcdef") == "siamese:mine"
    assert embedder_of("nonsense") == ""


@given(st.lists(SOME, max_size=6), SOME)
def test_what_is_kept_knows_somebody_and_is_installed(
    people: list[set[str]], usable: set[str]
) -> None:
    kept = _chosen(*(" ".join(person) for person in people), usable=frozenset(usable)).kept
    known = set().union(*people) & usable
    assert kept in known or (kept == "" and not known)
