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
from email.message import Message
from urllib.parse import quote, urljoin, urlsplit

from models.errors import DownloadError

_CHUNK = 1 << 16
_MOST_REDIRECTS = 5
# Slower than this for a whole window is a server that holds the line, not a slow line.
_WINDOW_S = 60.0
_SLOWEST_BYTES_PER_S = 200
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


class RangeRefusedError(DownloadError):
    """The server has nothing from the asked byte on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server is about to send. `total` is the size of the whole file, where stated."""

    start: int
    """The first byte of the file that comes: what was asked for, or 0."""
    total: int | None
    validator: str
    """A strong entity tag that names this very content, or ""."""
    chunks: Iterator[bytes]
    """Raises DownloadError where the line breaks; may simply end early."""


@contextlib.contextmanager
def asked(url: str, *, start: int, validator: str, timeout: float) -> Iterator[Answer]:
    """The server's answer to a request for the bytes of `url` from `start` on.

    With a `validator` (of an earlier answer) the server sends everything if its file has changed.
    `timeout` is in seconds, for each wait. Raises DownloadError, RangeRefusedError.
    """
    headers = {"User-Agent": "facelatch", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    with contextlib.closing(_follow(url, headers, timeout)) as response:
        yield _answer(response, start, timeout)


def is_validator(text: object) -> bool:
    """True for a strong entity tag; a weak one promises no equal bytes (RFC 9110, 8.8.1)."""
    return isinstance(text, str) and _STRONG_ETAG.fullmatch(text) is not None


def host(url: str) -> str:
    """The server's name in `url`, fit to print."""
    return printable(urlsplit(url).hostname or url)


def printable(text: str) -> str:
    """`text` from elsewhere, short and without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


def _follow(url: str, headers: dict[str, str], timeout: float) -> http.client.HTTPResponse:
    plain_allowed = url.startswith("http://")
    for _ in range(_MOST_REDIRECTS + 1):
        answer = _open(url, headers, timeout)
        if isinstance(answer, http.client.HTTPResponse):
            return answer
        with contextlib.closing(answer):
            url = _redirected(url, answer, plain_allowed=plain_allowed)
    raise DownloadError(f"{host(url)} redirects too often")


def _open(
    url: str, headers: dict[str, str], timeout: float
) -> http.client.HTTPResponse | urllib.error.HTTPError:
    """The response, or the HTTPError of a redirect."""
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - see the opener
        response: http.client.HTTPResponse = _opener().open(request, timeout=timeout)
        return response
    except urllib.error.HTTPError as error:
        if error.code in (301, 302, 303, 307, 308):
            return error
        with contextlib.closing(error):
            raise _refusal(url, error) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(
            f"{host(url)}: {_reason(error, timeout)}", "check the network or set FACELATCH_MIRROR"
        ) from error


def _opener() -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _redirected(url: str, answer: urllib.error.HTTPError, *, plain_allowed: bool) -> str:
    try:
        location = quote(urljoin(url, answer.headers.get("Location") or ""), safe=_URL_SAFE)
        parts = urlsplit(location)
    except ValueError:
        raise DownloadError(f"{host(url)} redirects to what is no address") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and plain_allowed):
        raise DownloadError(f"{host(url)} redirects to {printable(location)}, which is not https")
    return location


def _refusal(url: str, error: urllib.error.HTTPError) -> DownloadError:
    if error.code == 416:
        return RangeRefusedError(f"{host(url)} has no more of the file")
    text = f"{host(url)} answered {error.code} {printable(str(error.reason))}".rstrip()
    return DownloadError(f"{text} to {printable(urlsplit(url).path)}")


def _answer(response: http.client.HTTPResponse, start: int, timeout: float) -> Answer:
    name = host(response.url)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DownloadError(f"{name} encodes the file, which it was asked not to do")
    chunks = _chunks(response, name, timeout)
    if response.status == 200:
        return Answer(0, response.length, _validator(response.headers), chunks)
    if response.status != 206:
        raise DownloadError(f"{name} answered {response.status} instead of the file")
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != start:
        raise RangeRefusedError(f"{name} sends another part of the file than it was asked for")
    total = None if found[2] == "*" else int(found[2])
    return Answer(start, total, _validator(response.headers), chunks)


def _validator(headers: Message) -> str:
    tag = str(headers.get("ETag", ""))
    return tag if is_validator(tag) else ""


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
        return f"its certificate is not trusted ({printable(cause.verify_message)})"
    if isinstance(cause, http.client.IncompleteRead):
        return "the connection was closed early"
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return printable(" ".join(text.split())) or type(error).__name__
