"""The composition root: puts the parts of the daemon together, starts and ends them."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from daemon import config as configuration
from daemon.adaptation.manager import AdaptationManager
from daemon.api import Error, Event, Reason
from daemon.camera.job import CameraReport, CameraState, ModelReport
from daemon.camera.opener import CameraOpener
from daemon.camera.worker import CameraWorker
from daemon.config import Config, ConfigError
from daemon.dbus.connection import Bus
from daemon.enrolment.manager import EnrolmentManager
from daemon.errors import RefusalError
from daemon.server.dbus_object import Service
from daemon.server.handlers.dispatch import Desk
from daemon.server.status import state_of
from daemon.state.context import Context
from daemon.state.records import Records, now
from daemon.state.templates import People
from daemon.system import malloc
from daemon.system.journal import ERROR, JOURNAL, WARNING, Journal
from daemon.system.logind import Happening, Logind, What
from daemon.system.polkit import Polkit
from daemon.system.sd_notify import Notifier
from daemon.system.systemd_units import Systemd
from daemon.unlocking.monitor import UnlockMonitor
from daemon.verification.manager import VerificationManager
from daemon.verification.pool import AttemptPool

_LID_SECONDS = 2.0
_STOP_TIMEOUT_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `state` holds the templates and the failed looks."""

    config_file: Path
    bus: str
    state: Path
    config_needed: bool = False


class App:
    """The running daemon."""

    def __init__(
        self, options: Options, config: Config, bus: Bus, audit: Journal, records: Records
    ) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        self._failed = ""
        self._models_known = asyncio.Event()
        self._notifier = Notifier()
        self._audit = audit
        self._bus = bus
        self._context = self._make_house(config, records)
        self._sessions = Logind(bus, self._happened)
        self._context.sessions = self._sessions
        self._context.units = Systemd(bus)
        self._worker = CameraWorker(
            CameraOpener(config),
            post=self._post,
            on_camera=self._on_camera,
            on_models=self._on_models,
        )
        self._attempts = AttemptPool(self._worker, settle=self._context.settle)
        self._guard = UnlockMonitor(self._context, self._worker, self._attempts)
        self._keeping = AdaptationManager(self._context)
        self._requests = VerificationManager(self._context, self._attempts)
        self._enrolling = EnrolmentManager(self._context, self._worker)
        self._requests.enrolments = self._enrolling
        self._properties: Mapping[str, Callable[[], Any]] = {
            "Version": _version,
            "State": self._state,
            "Embedder": lambda: self._context.models.embedder,
            "CameraOnSeconds": lambda: round(self._worker.on_seconds, 3),
            "PausedUntil": lambda: self._context.paused_until,
        }
        authority = Polkit(bus)
        self._desk = Desk(
            self._context,
            self._requests,
            authority,
            wake=self._guard.wake,
            pause=self._pause,
            reload=self.reload,
            properties=self._properties,
        )
        self._service = Service(bus, self._desk, authority, self._fault)
        self._connect()

    def _make_house(self, config: Config, records: Records) -> Context:
        return Context(
            config,
            people=People(self._options.state / "templates"),
            audit=self._audit,
            records=records,
            clock=now,
        )

    def _connect(self) -> None:
        """Ties the ends that point upward."""
        self._desk.send = self._service.signal
        self._requests.send = self._service.signal
        self._enrolling.send = self._service.signal
        self._enrolling.stored = self._enrolled
        self._desk.edited = self._edited
        self._context.tell = self._desk.tell
        self._context.listen(self._service.changed)
        self._pause_timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """Runs until a signal; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._ending.set)
        self._loop.add_signal_handler(signal.SIGHUP, self._reload_by_signal)
        self._loop.set_exception_handler(self._on_loop_fault)
        helpers = [
            self._loop.create_task(work)
            for work in (self._until_disconnected(), self._feed(), self._poll_lid())
        ]
        try:
            await self._start()
            await self._ending.wait()
        finally:
            for helper in helpers:
                helper.cancel()
            await self._stop()
        if self._failed:
            self._audit.record(self._failed, priority=ERROR)
        return 1 if self._failed else 0

    async def _start(self) -> None:
        preload = self._context.config.loading.when == "start"
        if preload:
            self._worker.preload()
        await self._sessions.start()
        if preload:
            # Whoever calls now would wait for them all the same; systemd may as well know.
            ending = asyncio.ensure_future(self._ending.wait())
            known = asyncio.ensure_future(self._models_known.wait())
            await asyncio.wait((ending, known), return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            known.cancel()
        self._context.starting = False
        await self._service.start()
        self._context.changed()
        self._notifier.ready(self._state())
        self._audit.record("ready", {"model": self._context.model_id})

    async def _stop(self) -> None:
        self._context.stopping = True
        self._notifier.stopping()
        self._guard.stop_all()
        self._enrolling.stop_all("the service is ending")
        self._requests.stop_all(Reason.STOPPING)
        self._service.changed()
        self._worker.close()
        self._service.stop()
        self._sessions.stop()
        for done in (self._context.records.done, self._keeping.done):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done(), _STOP_TIMEOUT_SECONDS)
        # Signals and replies are written by the loop: give it a turn or two.
        await asyncio.sleep(0.02)
        self._bus.close()
        self._audit.record("stopped")

    def reload(self) -> None:
        """Reads the configuration again; raises BROKEN_CONFIGURATION, and goes on as before."""
        try:
            config = _load(self._options)
        except ConfigError as error:
            self._context.problem = error.message
            self._context.warn(f"the configuration was not reloaded: {error}")
            self._context.changed()
            raise RefusalError(Error.BROKEN_CONFIGURATION, error.message, error.hint) from None
        before = self._context.config
        self._context.config = config
        self._context.problem = ""
        self._context.records.book.limits = config.attempts
        if config.recognition != before.recognition:
            self._context.model_id = ""
        # Templates may fit other models; locks by hand keep the rules they began with.
        self._guard.stop_all()
        if (config.camera, config.duty, config.recognition, config.loading) != (
            before.camera,
            before.duty,
            before.recognition,
            before.loading,
        ):
            models = config.recognition != before.recognition
            self._worker.configure(CameraOpener(config), models=models)
            if models and config.loading.when == "start":
                self._worker.preload()
        self._audit.record("the configuration was reloaded")
        self._context.changed()

    def _reload_by_signal(self) -> None:
        with contextlib.suppress(RefusalError):
            self.reload()

    def _state(self) -> str:
        return state_of(
            self._context, looking=self._attempts.running > 0, watching=bool(self._context.watched)
        ).value

    def _pause(self, until: int) -> None:
        self._context.paused_until = until
        if self._pause_timer is not None:
            self._pause_timer.cancel()
            self._pause_timer = None
        if until > 0:
            self._pause_timer = self._loop.call_later(
                max(until - time.time(), 0.0) + 0.05, self._pause_over
            )
        self._context.changed()

    def _pause_over(self) -> None:
        # The wall clock was set back meanwhile: it is the pause's own time that counts.
        self._context.paused_until = 0
        self._context.changed()

    def _enrolled(self, username: str) -> None:
        self._guard.templates_changed(username)
        self._context.tell(username, Event.ENROLLED, {})

    def _edited(self, username: str) -> None:
        self._guard.templates_changed(username)
        self._context.tell(username, Event.APPEARANCES_CHANGED, {})

    def _happened(self, happening: Happening) -> None:
        if happening.what is What.SLEEP:
            self._guard.happened(happening)
            self._sleep_when_closed()
            return
        self._guard.happened(happening)

    def _sleep_when_closed(self) -> None:
        if self._context.camera.state not in (CameraState.OPEN, CameraState.OPENING):
            self._sessions.let_sleep()

    def _on_camera(self, report: CameraReport) -> None:
        before = self._context.camera
        # Closing is no news about a camera that is missing: it stays so until it opens.
        if report.state is CameraState.CLOSED and before.problem:
            return
        if report.state is CameraState.OPENING and before.problem:
            return
        self._context.camera = report
        self._attempts.camera = report.state
        if self._sessions.asleep:
            self._sleep_when_closed()
        self._context.changed()

    def _on_models(self, report: ModelReport) -> None:
        before = self._context.models
        self._context.models = report
        if report.model_id:
            self._context.model_id = report.model_id
        if report.problem and report.problem != before.problem:
            self._context.warn(f"nothing can be recognised: {report.problem}")
        self._models_known.set()
        self._context.changed()

    def _post(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)

    async def _until_disconnected(self) -> None:
        await self._bus.gone()
        if not self._ending.is_set():
            self._failed = "the bus has gone"
            self._ending.set()

    async def _feed(self) -> None:
        """Tells systemd that the loop turns and the eye does not hang."""
        seconds = self._notifier.watchdog_seconds
        while seconds is not None:
            if not self._worker.hangs:
                self._notifier.alive()
            await asyncio.sleep(seconds / 3)

    async def _poll_lid(self) -> None:
        """logind tells nobody of the lid: asked now and then, while it matters."""
        while True:
            await asyncio.sleep(_LID_SECONDS)
            locked = any(session.locked for session in self._sessions.all)
            if locked or self._attempts.running or self._context.enrolling:
                await self._sessions.refresh_lid()

    def _fault(self, what: str, error: BaseException) -> None:
        self._audit.record(f"{what}: {type(error).__name__}: {error}", priority=ERROR)

    def _on_loop_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        text = f": {type(error).__name__}: {error}" if error is not None else ""
        self._audit.record(f"{context.get('message', 'fault')}{text}", priority=ERROR)


def run(options: Options) -> int:
    """Runs the daemon; the exit code. Raises ConfigError or BusError where it cannot start."""
    config = _load(options)
    malloc.limit_arenas()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(_main(options, config))


async def _main(options: Options, config: Config) -> int:
    with contextlib.closing(Journal(Path(os.environ.get("FACELATCH_JOURNAL", JOURNAL)))) as audit:

        def warn(problem: str) -> None:
            audit.record(problem, priority=WARNING)

        records = Records(options.state, config.attempts, warn=warn)
        bus = await Bus.connect(options.bus)
        return await App(options, config, bus, audit, records).run()


def _load(options: Options) -> Config:
    if options.config_needed and not options.config_file.exists():
        problem = configuration.Problem(str(options.config_file), "there is no such file")
        raise ConfigError((problem,))
    return configuration.load(options.config_file).config


def _version() -> str:
    try:
        return metadata.version("facelatch")
    except metadata.PackageNotFoundError:
        return "unknown"
