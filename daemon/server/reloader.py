"""Reads the configuration again while the service runs."""

import contextlib
from collections.abc import Callable

from daemon.api import Error
from daemon.camera.remote import RemoteCamera
from daemon.camera.settings import loaded_by, settings_line
from daemon.config import Config, ConfigError
from daemon.errors import RefusalError
from daemon.recognition.liveness import rule_of
from daemon.state.context import Context


class Reloader:
    """Puts a new configuration in place of the old one, and tells whoever goes by it."""

    def __init__(
        self,
        context: Context,
        worker: RemoteCamera,
        *,
        load: Callable[[], Config],
        stop_watches: Callable[[], None],
        stop_attempts: Callable[[], None],
    ) -> None:
        """`load` reads it, or raises ConfigError; `stop_watches` ends them until a review,
        `stop_attempts` those that run.
        """
        self._context = context
        self._worker = worker
        self._load = load
        self._stop_watches = stop_watches
        self._stop_attempts = stop_attempts

    def reload(self) -> None:
        """Raises BROKEN_CONFIGURATION, and goes on as before."""
        try:
            config = self._load()
        except ConfigError as error:
            self._context.problem = error.message
            self._context.warn(f"the configuration was not reloaded: {error}")
            self._context.changed()
            raise RefusalError(Error.BROKEN_CONFIGURATION, error.message, error.hint) from None
        before, self._context.config = self._context.config, config
        self._context.problem = ""
        self._context.records.lockout.limits = config.attempts
        if config.recognition != before.recognition:
            self._context.model_id = ""
        # Templates may fit other models; locks by hand keep the rules they began with.
        self._stop_watches()
        if _judged_by(config) != _judged_by(before):
            # They began with another rule, and whoever asks next would share it.
            self._stop_attempts()
        self._configure_camera(before, config)
        self._context.audit.record("the configuration was reloaded")
        self._context.changed()

    def reload_by_signal(self) -> None:
        """Nobody waits for an answer: the journal says why it was refused."""
        with contextlib.suppress(RefusalError):
            self.reload()

    def _configure_camera(self, before: Config, config: Config) -> None:
        self._worker.configure(settings_line(self._context.worker_config))
        if loaded_by(config) != loaded_by(before) and config.loading.when == "start":
            self._worker.preload()


def _judged_by(config: Config) -> tuple[object, ...]:
    """What an attempt takes along from its beginning, and what its distances are of."""
    return config.recognition, rule_of(config.liveness, config.camera.source)
