"""The Flask application: a page, its style and script, and one question it may ask."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from daemon.clients.web import uploads
from daemon.clients.web.engine import Engine
from daemon.clients.web.gate import COOKIE, HEADER, Gate, Refusal
from models.errors import FacelatchError

if TYPE_CHECKING:
    from flask import Flask, Response

_STATIC = Path(__file__).parent / "static"
_FILES = {"page.css": "text/css", "page.js": "text/javascript"}
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def create_app(engine: Engine, gate: Gate) -> "Flask":
    """The application; nothing is loaded before the first picture."""
    from flask import Flask, request

    app = Flask("facelatch", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = uploads.MOST_BYTES

    def guard() -> "Response | None":
        refusal = gate.refused(dict(request.headers))
        # The address that was printed is the one thing that needs no cookie.
        if refusal is None and not (request.path == "/" and "token" in request.args):
            refusal = gate.known(request.cookies.get(COOKIE))
        return None if refusal is None else _refuse(refusal)

    app.before_request(guard)
    app.after_request(_guarded)
    app.register_error_handler(413, lambda _error: _refuse(Refusal(413, _too_large())))
    app.register_error_handler(404, lambda _error: _refuse(Refusal(404, "there is no such page")))
    app.register_error_handler(405, lambda _error: _refuse(Refusal(405, "not in this way")))
    app.register_error_handler(500, lambda _error: _refuse(Refusal(500, "that went wrong")))
    pages = _Pages(engine, gate)
    app.add_url_rule("/", view_func=pages.page, methods=["GET"])
    app.add_url_rule("/<name>", view_func=pages.file, methods=["GET"])
    app.add_url_rule("/choices", view_func=pages.choices, methods=["GET"])
    app.add_url_rule("/look", view_func=pages.look, methods=["POST"])
    return app


class _Pages:
    """What is answered to a request that was let through."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self._engine = engine
        self._gate = gate

    def page(self) -> Any:
        from flask import Response, redirect, request

        if "token" in request.args:
            if not self._gate.opens(request.args["token"]):
                return _refuse(Refusal(403, "this address was used already, or is wrong"))
            # Redirected, so that the token stays in no history.
            answer = redirect("/", 303)
            answer.set_cookie(COOKIE, self._gate.cookie, httponly=True, samesite="Strict", path="/")
            return answer
        text = (_STATIC / "page.html").read_text(encoding="utf-8")
        return Response(text.replace("{{header}}", self._gate.header), mimetype="text/html")

    def file(self, name: str) -> Any:
        from flask import Response

        if name not in _FILES:
            return _refuse(Refusal(404, "there is no such page"))
        return Response((_STATIC / name).read_bytes(), mimetype=_FILES[name])

    def choices(self) -> Any:
        known = self._engine.choices
        return {
            "embedders": known.embedders,
            "detectors": known.detectors,
            "whose": known.whose,
            "most_bytes": uploads.MOST_BYTES,
        }

    def look(self) -> Any:
        from flask import request

        if (refusal := self._gate.asked_by_page(request.headers.get(HEADER))) is not None:
            return _refuse(refusal)
        try:
            # The body itself, not a form: a form's files may be put on the disk.
            image = uploads.decode(request.get_data(cache=False, parse_form_data=False))
            return self._engine.look(
                image,
                embedder=request.args.get("embedder", ""),
                detector=request.args.get("detector", ""),
            )
        except FacelatchError as error:
            return _refuse(Refusal(422, str(error)))


def _too_large() -> str:
    return f"the file is too large: at most {uploads.MOST_BYTES >> 20} MiB"


def _refuse(refusal: Refusal) -> Any:
    from flask import jsonify

    answer = jsonify({"error": refusal.message})
    answer.status_code = refusal.status
    return answer


def _guarded(answer: Any) -> Any:
    answer.headers.update(_HEADERS)
    return answer
