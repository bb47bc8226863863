"""Why an address of the web gives no video: FFmpeg says only that it does not."""

import base64
import socket
from contextlib import closing
from urllib.parse import SplitResult, unquote

_NOT_LET_IN = (401, 403, 407)
_PLAYS = ("video/", "audio/", "image/", "multipart/", "application/")


def why_no_video(parts: SplitResult, seconds: float) -> str:
    """What a server answers who is asked once more, in words; "" where that tells nothing.

    `parts` are those of an http or https address; nothing of it but its host is in the answer.
    """
    import http.client  # with TLS and mail: for this question alone

    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        with closing(kind(str(parts.hostname), parts.port, timeout=seconds)) as connection:
            path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("GET", path, headers=_authorisation(parts))
            answer = connection.getresponse()
            return _meaning(answer.status, answer.headers.get_content_type())
    except TimeoutError:
        return "no answer"
    except ConnectionRefusedError:
        return "the connection is refused: nothing listens there"
    except socket.gaierror:
        return "there is no host of that name"
    except (OSError, http.client.HTTPException, ValueError):
        return ""


def _authorisation(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _meaning(status: int, content_type: str) -> str:
    if status in _NOT_LET_IN:
        return f"it wants a user and a password ({status}): http://USER:PASSWORD@HOST/..."
    if status in (404, 410):
        return f"there is nothing at that path ({status})"
    if status >= 400:
        return f"the server answers {status}"
    if content_type in ("text/html", "application/xhtml+xml"):
        return "a web page is there, no video"
    return "" if content_type.startswith(_PLAYS) else "what is there is no video"
