"""Starts the daemon's processes as forks of one that has imported their modules and done no more.

To import them costs more than all that a short test does with them. The modules run as with
`python -m`: in a process, an environment and with descriptors of their own. Tests of the start
itself take `tests.bus.starting.start_python`.

A server: `python -m tests.bus.forking DESCRIPTOR MODULE...`, of the descriptor of its socket and
the modules it imports. It ends with whoever holds the other end, and its forks with it.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from tests.bus.starting import Process, as_systemd_hands_over, start_python

_CAMERA = (
    *("cv2", "ai_edge_litert.interpreter", "daemon.camera.inventory", "daemon.camera.opener"),
    *("daemon.camera.frame_loop", "daemon.camera.process", "daemon.recognition.models"),
    *("daemon.recognition.observe", "daemon.sources.demo", "daemon.sources.open"),
    *("daemon.sources.opencv", "daemon.sources.video", "daemon.system.sd_notify"),
    *("models.calibrations", "models.detectors.haar", "models.detectors.mtcnn"),
    *("models.embedders.litert", "models.liveness.suite", "models.zoo", "numpy.fft"),
    *("tests.bus.drawn", "tests.bus.made_once"),
)
_SERVICE = (
    *("concurrent.futures.thread", "daemon.app", "daemon.clients.cli.daemon"),
    *("daemon.clients.cli.main", "encodings.utf_8_sig"),
)
_SMALL = (
    *("daemon.clients.agent.app", "daemon.clients.cli.agent", "daemon.clients.cli.main"),
    *("daemon.system.sessions", "daemon.unlocker.__main__", "daemon.unlocker.logind_now"),
    *("daemon.unlocker.program", "daemon.unlocker.user_unit", "tests.bus.moments"),
)
"""Of the agent and of the unlocker: together no more than one server."""
_IMPORTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "daemon": _SMALL,
        "tests.bus.unlocker": _SMALL,
        "tests.bus.patient_daemon": ("tests.bus.widened", *_SERVICE),
        "tests.bus.staged_service": ("tests.bus.widened", *_SERVICE),
        "daemon.camera": _CAMERA,
        "tests.bus.staged": ("tests.bus.widened", *_CAMERA),
        "dbusmock": (
            *("dbusmock.mockobject", "dbusmock.testcase", "dbusmock.templates.polkitd"),
            *("dbus.mainloop.glib", "gi.repository.GLib"),
        ),
    }
)
"""By module that is started: what its server imports. Never the module itself: it runs anew.

Those of python-dbusmock run in Debian's Python, where only the standard library is ours.
"""
DRAWN = "FACELATCH_TEST_DRAWN"
"""In a server's environment: see `tests.bus.drawn`, which Debian's Python could not import."""
_ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 1 << 18
_FIRST = 3
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _Forked:
    """One of a server's forks, whose exit code comes through `ended`."""

    def __init__(self, pid: int, ended: socket.socket) -> None:
        self.pid = pid
        self._ended = ended
        weakref.finalize(self, ended.close)

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0.0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        if not select.select([self._ended], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        # Left where it is: several threads may ask.
        told = self._ended.recv(64, socket.MSG_PEEK)
        # Without a word the server died, and its forks with it.
        return int(told) if told else -signal.SIGKILL

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServers:
    """One for each set of modules, started when it is first needed; ended with `close`."""

    def __init__(self, drawn: Path | None = None) -> None:
        """`drawn`: a file for `tests.bus.drawn`."""
        self._drawn = drawn
        self._servers: dict[tuple[str, ...], tuple[subprocess.Popen[bytes], socket.socket]] = {}
        """By what they were started with: an interpreter and modules."""
        self._starting = threading.Lock()  # sockets that activate a program have threads

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        listening: int | None = None,
        python: str = sys.executable,
    ) -> Process:
        """See `tests.bus.starting.Start`; an interpreter of its own where nothing is imported."""
        imported = _IMPORTED.get(command[0])
        if imported is None:
            return start_python(command, environment, log, listening, python)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log.open("ab") as written:
            asked = json.dumps({"command": list(command), "environment": dict(environment)})
            handed = [theirs.fileno(), written.fileno()]
            handed += [] if listening is None else [listening]
            socket.send_fds(self._server((python, *imported)), [asked.encode()], handed)
        return _Forked(int(ours.recv(64)), ours)

    def _server(self, words: tuple[str, ...]) -> socket.socket:
        with self._starting:
            return self._started(words)

    def _started(self, words: tuple[str, ...]) -> socket.socket:
        if words not in self._servers:
            python, *modules = words
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            number = theirs.fileno()
            environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
            if python == sys.executable:
                # As what is started has it, and what the camera worker sets before it has NumPy.
                environment |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
            if self._drawn is not None:
                environment[DRAWN] = str(self._drawn)
            process = subprocess.Popen(
                [python, "-m", "tests.bus.forking", str(number), *modules],
                env=environment,
                pass_fds=(number,),
            )
            theirs.close()
            self._servers[words] = process, ours
        return self._servers[words][1]

    def close(self) -> None:
        """Ends the servers and all that they started."""
        for process, ours in self._servers.values():
            ours.close()
            process.wait()
        self._servers.clear()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._forks: dict[int, tuple[int, socket.socket]] = {}
        """By descriptor of the process: its pid, and where its exit code is told."""

    def serve(self) -> None:
        """Until nobody holds the other end."""
        while True:
            asked = self._control.fileno()
            ready, _, _ = select.select([asked, *self._forks], [], [])
            for descriptor in ready:
                if descriptor == asked:
                    if not self._asked():
                        return
                else:
                    self._over(descriptor)

    def _asked(self) -> bool:
        message, handed, _, _ = socket.recv_fds(self._control, _LARGEST, 3)
        if not message:
            return False
        told = socket.socket(fileno=handed[0])
        pid = os.fork()
        if pid == 0:
            self._control.close()
            for descriptor, (_, other) in self._forks.items():
                os.close(descriptor)
                other.close()
            told.close()
            _become(json.loads(message), handed[1:])
        for descriptor in handed[1:]:
            os.close(descriptor)
        self._forks[os.pidfd_open(pid)] = pid, told
        told.send(str(pid).encode())
        return True

    def _over(self, descriptor: int) -> None:
        pid, told = self._forks.pop(descriptor)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(descriptor)
        with told, contextlib.suppress(BrokenPipeError):
            told.send(str(code).encode())


def _become(asked: dict[str, Any], handed: Sequence[int]) -> NoReturn:
    """In the fork: the module that was asked for, as `python -m` runs it."""
    # Its tests may be killed: it ends with the server, and the server with them.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    code = 1
    try:
        log, *listening = handed
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(asked["environment"])
        if listening:
            os.dup2(listening[0], _FIRST)
            os.environ.update(as_systemd_hands_over())
        for descriptor in {log, *listening} - {1, 2, _FIRST}:
            os.close(descriptor)
        module, *arguments = asked["command"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _main(descriptor: int, modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    # Else a fork's first collection writes to all that is here, which the kernel then copies.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as control:
        _Server(control).serve()


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
