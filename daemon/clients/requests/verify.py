"""An attempt by the daemon, as a window follows it. No camera, no models, and no picture."""

from dataclasses import dataclass
from typing import Any

from daemon.api import Verdict
from daemon.clients.requests.base import Request


@dataclass(frozen=True, slots=True)
class Progressed:
    """One moment of the attempt: a word of progress or guidance, a word of Light, and how good the
    picture is.
    """

    word: str
    light: str = ""
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """How it ended: words of the contract."""

    verdict: str
    reason: str
    guidance: str = ""
    milliseconds: float = 0.0

    @property
    def matched(self) -> bool:
        """Whether it is a yes."""
        return self.verdict == Verdict.MATCHED


Event = Progressed | Decided


class Verification(Request[Event]):
    """One attempt at recognising the caller's own user, which comes without pictures."""

    stop_method = "StopVerify"

    def __init__(self, username: str, seconds: float, address: str | None = None) -> None:
        options = {"seconds": seconds, "details": True, "prompts": True, "service": "test"}
        super().__init__(lambda client: int(client.call("StartVerify", username, options)), address)

    def event(self, name: str, values: tuple[Any, ...]) -> Event | None:
        """Progressed or Decided by VerifyProgress and VerifyFinished, else None."""
        if name == "VerifyProgress":
            return progressed(*values)
        return decided(*values) if name == "VerifyFinished" else None

    def is_end(self, event: Event) -> bool:
        """True for Decided: Progressed goes on."""
        return isinstance(event, Decided)


def progressed(word: str, details: dict[str, Any]) -> Progressed:
    """The arguments of VerifyProgress; what an older daemon leaves out has a default."""
    return Progressed(word, details.get("light", ""), details.get("quality"))


def decided(verdict: str, reason: str, details: dict[str, Any]) -> Decided:
    """The arguments of VerifyFinished; what an older daemon leaves out has a default."""
    return Decided(
        verdict,
        reason,
        details.get("guidance", ""),
        details.get("milliseconds", 0.0),
    )
