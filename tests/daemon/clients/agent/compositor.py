"""A Wayland compositor of two outputs and nothing else, which says of each what a test tells it.

It speaks the wire by itself, so that what is tried is not tried against its own library. Format:
wayland.freedesktop.org/docs/html/ch04.html (a message is the object, then size and opcode in one
word, then arguments of 32 bits; strings have their length with the final NUL, and are padded).
"""

import queue
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_DISPLAY = 1
_SYNC, _GET_REGISTRY = 0, 1
_DELETE_ID = 1
_GLOBAL, _GLOBAL_REMOVE = 0, 1
_MANAGER_NAME = 9
MANAGERS = {"wlr": "zwlr_output_power_manager_v1", "kwin": "org_kde_kwin_dpms_manager"}
_SEAT_NAME, _IDLE_NAME = 101, 102
OUTPUTS = (10, 11)
"""The names of its outputs."""


def _string(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return struct.pack("=I", len(raw)) + raw.ljust(-(-len(raw) // 4) * 4, b"\0")


class Compositor:
    """Listens at `folder`/wayland-test for one client. `kind` is wlr, kwin, idle, or none."""

    def __init__(self, folder: Path, kind: str, *, mode: int) -> None:
        self.path = folder / "wayland-test"
        self._kind = kind
        self._mode = mode
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen()
        self._client: socket.socket | None = None
        self._registry = self._manager = 0
        self._outputs: dict[int, int] = {}
        self._powers: dict[int, int] = {}
        self._notifier = self._notification = 0
        self.switched: queue.Queue[tuple[int, int]] = queue.Queue()
        """Outputs that a client switched, each to a mode."""
        self.asked = threading.Event()
        self.milliseconds = 0
        """After which an idle client wants to be told, once it has `asked`."""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def tell(self, output: int, opcode: int, *values: int) -> None:
        """An event of this output's power."""
        self._send(self._powers[output], opcode, struct.pack(f"={len(values)}I", *values))

    def tell_idle(self, *, idle: bool) -> None:
        """Nobody touched anything for so long, or somebody does."""
        self._send(self._notification, 0 if idle else 1, b"")

    def plug(self, output: int) -> None:
        """One more output is there."""
        self._send(self._registry, _GLOBAL, _global(output, "wl_output", 1))

    def unplug(self, output: int) -> None:
        """This output has gone."""
        self._send(self._registry, _GLOBAL_REMOVE, struct.pack("=I", output))

    def close(self) -> None:
        """The compositor ends; told again it changes nothing."""
        # A thread in accept or recv hears of a shutdown, not of a close.
        for one in (self._listening, self._client):
            if one is not None:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for one in (self._listening, self._client):
            if one is not None:
                one.close()

    def _serve(self) -> None:
        try:
            self._client, _ = self._listening.accept()
            for target, opcode, body in self._requests():
                self._take(target, opcode, body)
        except OSError:
            return

    def _requests(self) -> Iterator[tuple[int, int, bytes]]:
        assert self._client is not None
        waiting = b""
        while more := self._client.recv(4096):
            waiting += more
            while len(waiting) >= 8:
                target, word = struct.unpack_from("=II", waiting)
                size = word >> 16
                if len(waiting) < size:
                    break
                yield target, word & 0xFFFF, waiting[8:size]
                waiting = waiting[size:]

    def _take(self, target: int, opcode: int, body: bytes) -> None:
        if target == _DISPLAY:
            self._of_display(opcode, *struct.unpack("=I", body))
        elif target == self._registry:
            self._bind(body)
        elif target == self._manager and opcode == 0:
            made, output = struct.unpack("=II", body)
            name = self._outputs[output]
            self._powers[name] = made
            self.tell(name, 0 if self._kind == "wlr" else 1, self._mode)
        elif target in self._powers.values() and opcode == 0:
            (output,) = (name for name, made in self._powers.items() if made == target)
            self.switched.put((output, *struct.unpack("=I", body)))
        elif target == self._notifier and opcode == 1:
            self._notification, self.milliseconds, _ = struct.unpack("=III", body)
            self.asked.set()

    def _of_display(self, opcode: int, made: int) -> None:
        if opcode == _SYNC:
            self._send(made, 0, struct.pack("=I", 0))
            self._send(_DISPLAY, _DELETE_ID, struct.pack("=I", made))
        elif opcode == _GET_REGISTRY:
            self._registry = made
            # An output comes before what tells of it, and one after.
            self.plug(OUTPUTS[0])
            if self._kind in MANAGERS:
                self._send(made, _GLOBAL, _global(_MANAGER_NAME, MANAGERS[self._kind], 1))
            self.plug(OUTPUTS[1])
            if self._kind == "idle":
                self._send(made, _GLOBAL, _global(_SEAT_NAME, "wl_seat", 1))
                self._send(made, _GLOBAL, _global(_IDLE_NAME, "ext_idle_notifier_v1", 1))

    def _bind(self, body: bytes) -> None:
        (name,) = struct.unpack_from("=I", body)
        (made,) = struct.unpack("=I", body[-4:])
        if name == _MANAGER_NAME:
            self._manager = made
        elif name == _IDLE_NAME:
            self._notifier = made
        elif name != _SEAT_NAME:
            self._outputs[made] = name

    def _send(self, target: int, opcode: int, body: bytes) -> None:
        assert self._client is not None
        head = struct.pack("=II", target, (8 + len(body)) << 16 | opcode)
        self._client.sendall(head + body)


def _global(name: int, interface: str, version: int) -> bytes:
    return struct.pack("=I", name) + _string(interface) + struct.pack("=I", version)
