"""What of the configuration the camera worker goes by. Pure."""

from daemon.api.source_names import is_drawn
from daemon.config import Config, passing

_SECTIONS = ("camera", "schedule", "loading", "recognition", "liveness")


def settings_line(config: Config) -> str:
    """The settings that are handed to the worker; other ones mean that it has to be told."""
    return passing.to_line(config, _SECTIONS)


def liveness_asked(config: Config) -> bool:
    """Whether the networks of liveness are needed: a drawn face is not alive."""
    return config.liveness.enabled and not is_drawn(config.camera.source)


def loaded_by(config: Config) -> tuple[object, ...]:
    """What is loaded goes by this."""
    return config.recognition, liveness_asked(config)
