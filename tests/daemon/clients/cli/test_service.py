"""An attempt through the service, as the terminal tells it."""

from collections.abc import Iterator
from typing import Any, Self

import pytest

from daemon.clients import dbus_client
from daemon.clients.cli import service
from daemon.clients.dbus_client import Heard

ENDED = {"stages": {}, "milliseconds": 9.0, "frames": 4}
STATUS = {"security": "standard", "embedder": "resnet", "precision": "int8", "detector": "mtcnn"}


class FakeClient:
    """A service that asks for a nod, and somebody who does it."""

    asked: dict[str, Any]

    def call(self, member: str, *arguments: Any) -> Any:
        """Status, or the number 7."""
        if member == "Status":
            return STATUS
        type(self).asked = arguments[1]
        return 7

    def signals(self, *, seconds: float) -> Iterator[Heard]:
        """What the service says, one signal being another request's."""
        assert seconds > 60.0
        for number, word, details in (
            (7, "face-seen", {}),
            (7, "come-closer", {"quality": 0.4}),
            (7, "look-straight", {"challenge": True}),
            (8, "turn-left", {"challenge": True}),
            (7, "nod", {"challenge": True}),
            (7, "nod", {"challenge": True, "quality": 0.9}),
        ):
            yield Heard("VerifyProgress", (number, word, details))
        yield Heard("VerifyFinished", (8, "not-matched", "not-recognised", ENDED))
        yield Heard("VerifyFinished", (7, "matched", "recognised", ENDED))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_what_a_challenge_asks_for_is_said_once_each_and_nothing_else_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dbus_client, "Client", FakeClient)
    report = service.verify("ada", 5.0)
    assert (report["result"], report["name"]) == ("match", "ada")
    assert FakeClient.asked["prompts"] is True
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["facelatch: Look into the camera", "facelatch: Nod slowly"]


@pytest.mark.parametrize(
    ("reason", "hint", "said"),
    [
        ("no-face", "picture-is-black", "the picture is black: is the shutter closed?"),
        ("no-face", "", "no face"),
        ("no-usable-face", "too-dark", "no usable face: too dark"),
    ],
)
def test_why_nobody_could_tell_is_said_in_words(reason: str, hint: str, said: str) -> None:
    details = {**ENDED, "guidance": hint}
    assert service._report("ada", STATUS, "undecided", reason, details)["reason"] == said
