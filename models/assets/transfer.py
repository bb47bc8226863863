"""Asks an HTTP server for the rest of a file. What it answers is not trusted.

Only http and https can be spoken: the opener has no handler for anything else, and every redirect
is looked at before it is followed.
"""

import contextlib
import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from models.errors import DownloadError
from models.text import printable

_CHUNK = 1 << 16
_MOST_REDIRECTS = 5
# Slower than this for a whole window is a server that holds the line, not a slow line.
_WINDOW_S = 60.0
_SLOWEST_BYTES_PER_S = 200
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")
_LONGEST = 200
_ASKS_WHO = "it asks who you are: set FACELATCH_MIRROR to a server that does not"
_HINTS = {
    401: _ASKS_WHO,
    403: _ASKS_WHO,
    404: "the file is not there any more, or the address in FACELATCH_MIRROR is wrong",
    407: "the proxy asks who you are",
}
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is about to be sent: the file from byte `start` on, which was asked for or is 0."""

    start: int
    total: int | None
    """Size of the whole file in bytes, where the server states it."""
    chunks: Iterator[bytes]
    """Raises DownloadError where the line breaks; may simply end early."""


@contextlib.contextmanager
def asked(url: str, *, start: int, timeout: float) -> Iterator[Answer]:
    """The server's answer to a request for the bytes of `url` from `start` on.

    `timeout` is in seconds, for each wait. Raises DownloadError.
    """
    for begin in (start, 0):
        with contextlib.closing(_follow(url, begin, timeout)) as response:
            answer = _answer(response, begin, timeout)
            if answer is not None:
                yield answer
                return


def host(url: str) -> str:
    """The server's name in `url`, fit to print."""
    return _short(urlsplit(url).hostname or url)


def _short(text: str) -> str:
    return printable(text, _LONGEST)


def _follow(url: str, start: int, timeout: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": "facelatch", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    for _ in range(_MOST_REDIRECTS + 1):
        response = _open(url, headers, timeout)
        if response.status not in (301, 302, 303, 307, 308):
            return response
        with contextlib.closing(response):
            url = _redirected(url, response.headers.get("Location") or "")
    raise DownloadError(f"{host(url)} redirects too often")


def _open(url: str, headers: dict[str, str], timeout: float) -> http.client.HTTPResponse:
    opener = urllib.request.OpenerDirector()
    # None turns a status into an exception: `_follow` and `_answer` tell them apart.
    opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    opener.add_handler(urllib.request.UnknownHandler())
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - see the handlers
        response: http.client.HTTPResponse = opener.open(request, timeout=timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        told = f"{host(url)}: {_reason(error, timeout)}"
        raise DownloadError(told, "check the network or set FACELATCH_MIRROR") from error
    return response


def _redirected(url: str, location: str) -> str:
    """Where a redirect leads: to https, or from http to http."""
    try:
        target = quote(urljoin(url, location), safe=_URL_SAFE)
        scheme = urlsplit(target).scheme
    except ValueError:
        raise DownloadError(f"{host(url)} redirects to what is no address") from None
    if scheme != "https" and not (scheme == "http" and url.startswith("http:")):
        raise DownloadError(f"{host(url)} redirects to {_short(target)}, which is not https")
    return target


def _answer(response: http.client.HTTPResponse, start: int, timeout: float) -> Answer | None:
    """What the response brings; None where it is not the part that was asked for."""
    name, status = host(response.url), response.status
    if start and status == 416:
        return None
    if status != 200 and not (start and status == 206):
        told = f"{name} answered {status} {_short(response.reason)}".rstrip()
        raise DownloadError(
            f"{told} to {_short(urlsplit(response.url).path)}", _HINTS.get(status, "")
        )
    if _is_page(response):
        raise DownloadError(
            f"{name} answered with a web page instead of the file",
            "is there a login page before the network, or a wrong address?",
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DownloadError(f"{name} encodes the file, which it was asked not to do")
    chunks = _chunks(response, name, timeout)
    if status == 200:
        return Answer(0, response.length, chunks)
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != start:
        return None
    return Answer(start, None if found[2] == "*" else int(found[2]), chunks)


def _is_page(response: http.client.HTTPResponse) -> bool:
    said = response.headers.get("Content-Type", "").partition(";")[0]
    return said.strip().lower() in ("text/html", "application/xhtml+xml")


def _chunks(response: http.client.HTTPResponse, name: str, timeout: float) -> Iterator[bytes]:
    began, received = time.monotonic(), 0
    while True:
        try:
            chunk = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DownloadError(f"{name}: {_reason(error, timeout)}") from error
        if not chunk:
            return
        yield chunk
        received += len(chunk)
        elapsed = time.monotonic() - began
        if elapsed > _WINDOW_S:
            if received < elapsed * _SLOWEST_BYTES_PER_S:
                raise DownloadError(f"{name} sends next to nothing")
            began, received = time.monotonic(), 0


def _reason(error: Exception, timeout: float) -> str:
    """Why a transfer failed, in one short clause."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer for {timeout:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({_short(cause.verify_message)})"
    if isinstance(cause, http.client.IncompleteRead):
        return "the connection was closed early"
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return _short(" ".join(text.split())) or type(error).__name__
