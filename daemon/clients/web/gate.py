"""Who may use the page: whoever has the URL that was printed, from this machine's own browser.

Other pages in the same browser can send requests to 127.0.0.1 too, and a name of theirs may be made
to point here (DNS rebinding): so the Host is compared, the Origin where there is one, and every
request but the first carries a cookie that those pages do not get sent along, and what changes or
computes something a header that they cannot set. Pure.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

COOKIE = "facelatch"
HEADER = "X-Facelatch"
_SAME_SITE = ("", "same-origin", "none")
"""Of Sec-Fetch-Site: none is what a person typed; older browsers do not send it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered: status and one line."""

    status: int
    message: str


class Gate:
    """The secrets of one run of the page. `port` is where it listens."""

    def __init__(self, port: int) -> None:
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._once: str | None = secrets.token_urlsafe(24)
        self.cookie = secrets.token_urlsafe(24)
        self.header = secrets.token_urlsafe(24)

    @property
    def token(self) -> str:
        """What the printed URL ends with; it opens the page once. "" once it has."""
        return self._once or ""

    def refused(self, headers: Mapping[str, str]) -> Refusal | None:
        """Of any request: whether it was sent to us, by a page of ours."""
        if headers.get("Host", "") not in self._hosts:
            return Refusal(403, "this page answers to 127.0.0.1 only")
        origin = headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return Refusal(403, "another site asked for this; it is refused")
        if headers.get("Sec-Fetch-Site", "") not in _SAME_SITE:
            return Refusal(403, "another site asked for this; it is refused")
        return None

    def opens(self, token: str) -> bool:
        """Whether `token` is that of the printed URL, used for the first time."""
        if self._once is None or not _equal(token, self._once):
            return False
        self._once = None
        return True

    def known(self, cookie: str | None) -> Refusal | None:
        """Whether the browser is the one that was let in."""
        if cookie is not None and _equal(cookie, self.cookie):
            return None
        return Refusal(
            403, "open the address that `facelatch web` printed; it works once, in one browser"
        )

    def asked_by_page(self, header: str | None) -> Refusal | None:
        """Whether our own script asks."""
        if header is not None and _equal(header, self.header):
            return None
        return Refusal(403, "another site asked for this; it is refused")


def _equal(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), secret.encode())
