import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from daemon.errors import SourceError, SourceLostError
from daemon.sources.stream import StreamSource, checked_url, without_password
from tests.daemon.sources.files import flat, write_video

Answer = Callable[[socket.socket], None]


class Server:
    """Answers connection after connection, each with the next of `answers`; then refuses."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://someone:secret@127.0.0.1:{self._socket.getsockname()[1]}/live"
        self.connections = 0
        self.done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for answer in self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(60)
                try:
                    connection.recv(65536)
                    answer(connection)
                except OSError:
                    continue
        self._socket.close()

    def ended(self) -> None:
        """Waits until it refuses."""
        self._thread.join(60)

    def close(self) -> None:
        self.done.set()
        self._socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: Answer) -> Server:
        servers.append(Server(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def motion_jpeg(*levels: int) -> Answer:
    """As network cameras send it; each picture twice, since FFmpeg looks one ahead."""

    def answer(connection: socket.socket) -> None:
        kind = "multipart/x-mixed-replace; boundary=frame"
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
        for level in levels:
            body = cv2.imencode(".jpg", flat(level))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body + b"\r\n")

    return answer


def whole(kind: str, body: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    return answer


def refusal(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")


def failure(status: int) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


def opened(server: Server, *, delays: tuple[float, ...] = (0.01,)) -> StreamSource:
    return StreamSource(server.url, delays=delays, open_seconds=2, read_seconds=1)


def brightness(source: StreamSource) -> int:
    frame = source.read()
    assert frame is not None
    return round(float(frame.image.mean()))


def test_a_motion_jpeg_camera_is_read(serve: Callable[..., Server]) -> None:
    server = serve(motion_jpeg(*range(10, 100, 10)))
    with opened(server) as source:
        assert source.live
        assert [brightness(source) for _ in range(3)] == pytest.approx([10, 20, 30], abs=3)


def test_a_stream_that_breaks_off_is_opened_again(serve: Callable[..., Server]) -> None:
    server = serve(motion_jpeg(10, 20, 30), refusal, motion_jpeg(200, 210, 220))
    with opened(server, delays=(0.01, 0.01)) as source:
        seen = [brightness(source) for _ in range(4)]
        frame = source.read()
    assert seen[0] == pytest.approx(10, abs=3)
    assert seen[-1] >= 190
    assert server.connections == 3
    assert frame is not None
    assert frame.index == 4


def test_a_stream_that_stays_away_is_lost(serve: Callable[..., Server]) -> None:
    server = serve(motion_jpeg(10, 20, 30))
    with opened(server, delays=(0.01, 0.01)) as source:
        with pytest.raises(SourceLostError) as caught:
            for _ in range(10):
                source.read()
        assert "broke off; 2 attempts" in str(caught.value)
        assert "secret" not in str(caught.value)


def test_a_file_on_a_server_ends(serve: Callable[..., Server], tmp_path: Path) -> None:
    data = write_video(tmp_path / "clip.avi", frames=10).read_bytes()
    server = serve(whole("video/x-msvideo", data))
    with opened(server, delays=()) as source:
        count = 0
        while source.read() is not None:
            count += 1
    assert count == 10


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("refused", "wants a user and a password (401)"),
        ("missing", "nothing at that path (404)"),
        ("broken", "the server answers 503"),
        ("silent", "no answer"),
        ("text", "what is there is no video"),
        ("page", "a web page is there"),
        ("playlist", "no answer, a refusal, or no video there"),
    ],
)
def test_what_is_no_stream_is_one_clear_line(
    serve: Callable[..., Server],
    tmp_path: Path,
    kind: str,
    why: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    victim = write_video(tmp_path / "victim.avi")
    hostile = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{victim}\n#EXT-X-ENDLIST\n"
    hold = threading.Event()

    def silence(_: socket.socket) -> None:
        hold.wait(60)

    answers: dict[str, Answer] = {
        "refused": refusal,
        "missing": failure(404),
        "broken": failure(503),
        "page": whole("text/html; charset=utf-8", b"<html></html>"),
        "silent": silence,
        "text": whole("text/plain", b"hello world\n" * 100),
        "playlist": whole("application/vnd.apple.mpegurl", hostile.encode()),
    }
    with pytest.raises(SourceError) as caught:
        server = serve(answers[kind], answers[kind])
        StreamSource(server.url, delays=(), open_seconds=0.5, read_seconds=0.5)
    hold.set()
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "/live" in str(caught.value)
    assert capfd.readouterr().err == ""


def test_nobody_who_listens_is_said(serve: Callable[..., Server]) -> None:
    server = serve()
    server.ended()
    with pytest.raises(SourceError, match="nothing listens there"):
        StreamSource(server.url, delays=(), open_seconds=0.5, read_seconds=0.5)


def test_closing_while_it_waits_to_reconnect_ends_reading(serve: Callable[..., Server]) -> None:
    server = serve(motion_jpeg(10, 20, 30))
    source = opened(server, delays=(1000.0,))
    ended = threading.Event()

    def read_on() -> None:
        while source.read() is not None:
            pass
        ended.set()

    threading.Thread(target=read_on, daemon=True).start()
    source.close()
    source.close()
    assert ended.wait(60)


def test_addresses_are_checked_and_shown_without_password() -> None:
    parts = checked_url("rtsp://admin:secret@camera.local:554/h264?token=secret")
    assert without_password(parts) == "rtsp://camera.local:554/h264"
    for text in ("gopher://x/", "rtsp:///x", "http://[x", "http://a/\n", "http://a/" + "b" * 3000):
        with pytest.raises(SourceError):
            checked_url(text)
