"""Serves the page on 127.0.0.1 until it is interrupted."""

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from daemon.clients.web.app import create_app
from daemon.clients.web.engine import Engine
from daemon.clients.web.gate import Gate
from models.errors import UsageError

ADDRESS = "127.0.0.1"


def serve(engine: Engine, *, port: int, announce: Callable[[str], None]) -> None:
    """`port` 0 takes a free one; `announce` is told the address to open, which works once.

    Raises UsageError where the port is taken.
    """
    from werkzeug.serving import make_server

    # It would write every address, and with the first one its token, to the terminal.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = _Late()
    try:
        server = make_server(ADDRESS, port, app, threaded=True)
    except (OSError, SystemExit) as error:
        raise UsageError(
            f"port {port} cannot be used: {error}", "--port 0 takes a free one"
        ) from None
    gate = Gate(server.server_port)
    app.inner = create_app(engine, gate)
    announce(f"http://{ADDRESS}:{server.server_port}/?token={gate.token}")
    with contextlib.closing(server.socket):
        server.serve_forever()


class _Late:
    """Stands in for the application until the port is known, which its gate compares."""

    inner: Callable[..., Any] | None = None

    def __call__(self, environment: Any, start: Any) -> Any:
        assert self.inner is not None  # noqa: S101 - served only afterwards
        return self.inner(environment, start)
