"""A web server on 127.0.0.1 that behaves, and misbehaves, as it is told."""

import contextlib
import datetime
import ipaddress
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Web:
    """What the server does; tests set the attributes, before or between requests."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    announce: bool = True
    """Whether a Content-Length is sent."""
    cut: int | None = None
    """Sends so many bytes of an answer, then closes the connection."""
    pause_after: int | None = None
    """Sends so many bytes of an answer, then nothing until `go_on` is set."""
    go_on: threading.Event = field(default_factory=threading.Event)
    status: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    """Headers that replace the ones a good server would send."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Of every request: path, Range."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.web.asked.append((self.path, wanted))
        self.close_connection = True
        path = self.path.partition("?")[0]
        if (target := self.web.redirects.get(path)) is not None:
            self._head(302, {"Location": target, "Content-Length": "0"})
        elif self.web.status is not None:
            self._head(self.web.status, {"Content-Length": "0"})
        elif path in self.web.files:
            self._serve(self.web.files[path], wanted)
        else:
            self._head(404, {"Content-Length": "0"})

    def _serve(self, content: bytes, wanted: str | None) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        start = int(found[1]) if found and self.web.ranges else 0
        if start >= len(content) and start:
            self._head(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
            return
        headers = {"Content-Length": str(len(content) - start)} if self.web.announce else {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, {**headers, **self.web.extra})
        self._body(content[start:])

    def _body(self, content: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            if self.web.pause_after is not None:
                self.wfile.write(content[: self.web.pause_after])
                self.wfile.flush()
                self.web.go_on.wait(20)
                content = content[self.web.pause_after :]
            self.wfile.write(content if self.web.cut is None else content[: self.web.cut])

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited name
        """Says nothing."""


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[Web]:
    """A running server; with a `certificate` (PEM with its key) it speaks https."""
    web = Web()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    server.daemon_threads = False
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    scheme = "http" if certificate is None else "https"
    web.base = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(path: Path) -> Path:
    """A self-signed certificate of 127.0.0.1, with its key, in one PEM file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(encoding) + secret)
    return path
