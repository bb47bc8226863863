"""The composition root: puts the parts of the service together, starts and ends them."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from daemon import config as configuration
from daemon.adaptation.manager import AdaptationManager
from daemon.api import Reason
from daemon.camera.remote import SOCKET as CAMERA_SOCKET
from daemon.camera.remote import RemoteCamera
from daemon.camera.reports import CameraState, ModelReport
from daemon.camera.settings import settings_line
from daemon.config import Config, ConfigError
from daemon.dbus.connection import Bus
from daemon.dbus.peer import identify
from daemon.dbus.signals import Signals
from daemon.enrolment.manager import EnrolmentManager
from daemon.recognition.liveness import rule_of
from daemon.recognition.model_info import ModelInfo, info_of
from daemon.server.call_limits import CallLimits
from daemon.server.dbus_object import Service
from daemon.server.handlers.access import Access
from daemon.server.handlers.cameras import CameraHandlers
from daemon.server.handlers.dispatch import Dispatcher, Topics
from daemon.server.handlers.enrol import EnrolHandlers
from daemon.server.handlers.reports import ReportHandlers
from daemon.server.handlers.settings import SettingsHandlers
from daemon.server.handlers.subscriptions import SubscriptionHandlers
from daemon.server.handlers.templates import TemplateHandlers
from daemon.server.handlers.verify import VerifyHandlers
from daemon.server.picture_check import PictureCheck
from daemon.server.properties import Properties, readers
from daemon.server.reloader import Reloader
from daemon.server.subscribers import Subscribers
from daemon.state.attempt_ledger import AttemptLedger
from daemon.state.camera_offers import CameraOffers
from daemon.state.context import Context
from daemon.state.decision_log import DecisionLog
from daemon.state.embedder_keeper import EmbedderKeeper
from daemon.state.records import Records, now
from daemon.state.request_registry import RequestRegistry
from daemon.state.templates import Templates
from daemon.system import malloc
from daemon.system.journal import ERROR, JOURNAL, WARNING, Journal
from daemon.system.logind import Logind
from daemon.system.polkit import Polkit
from daemon.system.sd_notify import Notifier
from daemon.system.sessions import Change, LogindEvent
from daemon.system.slices import SystemdSlices
from daemon.unlocking.monitor import UnlockMonitor
from daemon.unlocking.unlocker_client import SOCKET, UnlockerClient, Unlocks
from daemon.verification.manager import VerificationManager
from daemon.verification.pool import AttemptPool

_LID_SECONDS = 2.0
_STOP_TIMEOUT_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `state` is the folder of the templates and other records,
    `unlocker` and `camera` the sockets of these two.
    """

    config_file: Path
    bus: str
    state: Path
    config_needed: bool = False
    unlocker: Path = SOCKET
    camera: Path = CAMERA_SOCKET


@dataclass(frozen=True, slots=True)
class Core:
    """What the features stand on."""

    bus: Bus
    audit: Journal
    signals: Signals
    subscribers: Subscribers
    sessions: Logind
    context: Context
    adaptation: AdaptationManager
    log: DecisionLog
    ledger: AttemptLedger
    registry: RequestRegistry
    worker: RemoteCamera
    attempts: AttemptPool


@dataclass(frozen=True, slots=True)
class Features:
    """What is done for clients, and unasked."""

    verification: VerificationManager
    enrolment: EnrolmentManager
    monitor: UnlockMonitor
    offers: CameraOffers


class App:
    """The running service: every part of it, from the ready message to the end."""

    def __init__(
        self, options: Options, config: Config, bus: Bus, audit: Journal, records: Records
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        self._failed = ""
        self._notifier = Notifier()
        self._core = core = _core(options, config, bus, audit, records)
        self._context = core.context
        self._features = features = _features(core, UnlockerClient(options.unlocker))
        self._readers = readers(core.context, core.worker, core.attempts)
        self._properties = Properties(self._readers, core.signals, core.context)
        self._reloader = Reloader(
            core.context,
            core.worker,
            load=partial(_load, options),
            stop_watches=features.monitor.stop_all,
            stop_attempts=partial(core.attempts.stop_all, Reason.STOPPED),
        )
        self._service = _service(core, features, self._readers, self._properties, self._reloader)
        # Before whoever begins to watch: the camera worker is told what it may take first.
        core.sessions.listen(core.context.follow_locks)
        core.sessions.listen(features.monitor.happened)
        core.sessions.listen(self._happened)
        core.context.listen(self._properties.changed)
        core.context.listen(self._let_sleep)

    async def run(self) -> int:
        """Runs until a signal; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._ending.set)
        self._loop.add_signal_handler(signal.SIGHUP, self._reloader.reload_by_signal)
        self._loop.set_exception_handler(self._on_loop_fault)
        background = [
            self._loop.create_task(work)
            for work in (self._until_disconnected(), self._feed_watchdog(), self._poll_lid())
        ]
        try:
            await self._start()
            await self._ending.wait()
        finally:
            for task in background:
                task.cancel()
            await self._stop()
        if self._failed:
            self._core.audit.record(self._failed, priority=ERROR)
        return 1 if self._failed else 0

    async def _start(self) -> None:
        await EmbedderKeeper(self._context, self._core.worker.configure).settle()
        preload = self._context.config.loading.when == "start"
        if preload:
            self._core.worker.preload()
        await self._core.sessions.start()
        self._context.records.cameras.sessions_changed(self._core.sessions.all)
        if preload:
            # Whoever calls now would wait for them all the same; systemd may as well know.
            await self._models_known_or_ending()
        self._context.starting = False
        await self._service.start()
        self._context.changed()
        self._notifier.ready(self._readers["State"]())
        self._core.audit.record("ready", {"model": self._context.model_id})

    async def _models_known_or_ending(self) -> None:
        events = self._ending, self._context.models_known
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _stop(self) -> None:
        core, features = self._core, self._features
        self._context.stopping = True
        self._notifier.stopping()
        features.monitor.stop_all()
        features.enrolment.stop_all("the service is ending")
        features.verification.stop_all(Reason.STOPPING)
        self._properties.changed()
        core.worker.close()
        self._service.stop()
        core.sessions.stop()
        for done in (self._context.records.done, core.adaptation.done):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done(), _STOP_TIMEOUT_SECONDS)
        # Signals and replies are written by the loop: give it a turn or two.
        await asyncio.sleep(0.02)
        core.bus.close()
        core.audit.record("stopped")

    def _happened(self, event: LogindEvent) -> None:
        if event.change is Change.SLEEP:
            self._let_sleep()

    def _let_sleep(self) -> None:
        """The machine may sleep once the camera is released."""
        released = self._context.camera.state not in (CameraState.OPEN, CameraState.OPENING)
        if self._core.sessions.asleep and released:
            self._core.sessions.let_sleep()

    async def _until_disconnected(self) -> None:
        await self._core.bus.gone()
        if not self._ending.is_set():
            self._failed = "the bus has gone"
            self._ending.set()

    async def _feed_watchdog(self) -> None:
        """Tells systemd that the loop turns."""
        seconds = self._notifier.watchdog_seconds
        while seconds is not None:
            self._notifier.alive()
            await asyncio.sleep(seconds / 3)

    async def _poll_lid(self) -> None:
        """logind tells nobody of the lid: asked now and then, while it matters."""
        while True:
            await asyncio.sleep(_LID_SECONDS)
            locked = any(session.locked for session in self._core.sessions.all)
            if locked or self._core.attempts.running or self._context.enrolling:
                await self._core.sessions.refresh_lid()

    def _on_loop_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        text = f": {type(error).__name__}: {error}" if error is not None else ""
        self._core.audit.record(f"{context.get('message', 'fault')}{text}", priority=ERROR)


def _core(options: Options, config: Config, bus: Bus, audit: Journal, records: Records) -> Core:
    """Whoever is told of something comes before whoever tells."""
    signals, sessions = Signals(bus), Logind(bus)
    subscribers = Subscribers(signals)
    templates = Templates(options.state / "templates")
    context = Context(
        config, templates=templates, audit=audit, records=records, sessions=sessions, clock=now
    )
    adaptation, log = AdaptationManager(context), DecisionLog(context)
    ledger = AttemptLedger(
        context,
        log,
        tell=subscribers.tell,
        on_match=adaptation.recognised,
        on_password=adaptation.confirmed,
    )
    worker = _camera(options, context)
    return Core(
        bus=bus,
        audit=audit,
        signals=signals,
        subscribers=subscribers,
        sessions=sessions,
        context=context,
        adaptation=adaptation,
        log=log,
        ledger=ledger,
        registry=RequestRegistry(context),
        worker=worker,
        attempts=AttemptPool(
            worker,
            settle=ledger.settle,
            camera=lambda: context.camera.state,
            liveness=lambda: rule_of(context.config.liveness, context.config.camera.source),
        ),
    )


def _camera(options: Options, context: Context) -> RemoteCamera:
    def info(report: ModelReport) -> ModelInfo:
        return info_of(
            report.embedder,
            report.model_id,
            report.precision,
            report.detector,
            security=context.config.recognition.security,
            allow_weak=context.config.recognition.allow_weak,
        )

    remote = RemoteCamera(
        options.camera,
        settings=settings_line(context.config),
        info=info,
        on_camera=context.camera_reported,
        on_models=context.models_reported,
        on_connected=context.cameras_reported,
        on_fault=context.warn,
    )
    context.records.cameras.connect(tell=remote.set_known, ask=remote.list_cameras)
    return remote


def _features(core: Core, unlocks: Unlocks) -> Features:
    tell = core.subscribers.tell
    return Features(
        VerificationManager(
            core.context, core.attempts, registry=core.registry, log=core.log, signals=core.signals
        ),
        EnrolmentManager(
            core.context, core.worker, registry=core.registry, signals=core.signals, tell=tell
        ),
        UnlockMonitor(
            core.context,
            core.worker,
            core.attempts,
            ledger=core.ledger,
            log=core.log,
            unlocks=unlocks,
            tell=tell,
            hears=core.subscribers.has,
        ),
        CameraOffers(core.context, tell=tell, hears=core.subscribers.has),
    )


def _service(
    core: Core,
    features: Features,
    readers: Mapping[str, Callable[[], Any]],
    properties: Properties,
    reloader: Reloader,
) -> Service:
    context, limits = core.context, CallLimits()
    access = Access(context, Polkit(core.bus), SystemdSlices(core.bus), limits)
    topics = _topics(core, features, readers, reloader, access)
    ends = (
        core.subscribers.remove,
        topics.reports.client_gone,
        features.verification.client_gone,
        features.enrolment.client_gone,
    )

    def fault(what: str, error: BaseException) -> None:
        core.audit.record(f"{what}: {type(error).__name__}: {error}", priority=ERROR)

    return Service(
        core.bus,
        Dispatcher(context, access, topics, on_client_gone=ends),
        properties,
        limits=limits,
        identify=partial(identify, core.bus),
        fault=fault,
    )


def _topics(
    core: Core,
    features: Features,
    readers: Mapping[str, Callable[[], Any]],
    reloader: Reloader,
    access: Access,
) -> Topics:
    context, tell = core.context, core.subscribers.tell
    return Topics(
        verify=VerifyHandlers(context, access, features.verification, core.registry, readers),
        enrol=EnrolHandlers(context, access, features.enrolment),
        templates=TemplateHandlers(context, access, tell=tell),
        settings=SettingsHandlers(
            context,
            access,
            tell=tell,
            wake=features.monitor.wake,
            password_used=core.ledger.password_used,
            reload=reloader.reload,
        ),
        cameras=CameraHandlers(context, access, PictureCheck(core.worker)),
        reports=ReportHandlers(context),
        subscriptions=SubscriptionHandlers(core.subscribers),
    )


def run(options: Options) -> int:
    """Runs the service; the exit code. Raises ConfigError or BusError where it cannot start."""
    config = _load(options)
    malloc.keep_small()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(_main(options, config))


async def _main(options: Options, config: Config) -> int:
    with contextlib.closing(Journal(Path(os.environ.get("FACELATCH_JOURNAL", JOURNAL)))) as audit:
        warn = partial(audit.record, priority=WARNING)
        records = Records(options.state, config.attempts, warn=warn)
        bus = await Bus.connect(options.bus)
        return await App(options, config, bus, audit, records).run()


def _load(options: Options) -> Config:
    if options.config_needed and not options.config_file.exists():
        problem = configuration.Problem(str(options.config_file), "there is no such file")
        raise ConfigError((problem,))
    return configuration.load(options.config_file).config
