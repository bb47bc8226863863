"""The daemon's configuration: typed sections, every number bounded, every key known.

`load()` reads `/etc/facelatch/config.toml` and the drop-ins beside it; `Config()` is the default.
"""

from daemon.config.errors import ConfigError, Problem
from daemon.config.files import DEFAULT_FILE, load, load_unlock, read_file
from daemon.config.reading import Loaded, Text, read
from daemon.config.sections import (
    AUTO_SOURCE,
    SECURITY_LEVELS,
    Adaptation,
    Attempts,
    Audit,
    Camera,
    Config,
    Leave,
    Liveness,
    Loading,
    Presence,
    Recognition,
    Requests,
    Schedule,
    Switch,
    Unlock,
)
from daemon.config.unlock_methods import UnlockMethod
from daemon.config.writing import to_json, to_toml

__all__ = [
    "AUTO_SOURCE",
    "DEFAULT_FILE",
    "SECURITY_LEVELS",
    "Adaptation",
    "Attempts",
    "Audit",
    "Camera",
    "Config",
    "ConfigError",
    "Leave",
    "Liveness",
    "Loaded",
    "Loading",
    "Presence",
    "Problem",
    "Recognition",
    "Requests",
    "Schedule",
    "Switch",
    "Text",
    "Unlock",
    "UnlockMethod",
    "load",
    "load_unlock",
    "read",
    "read_file",
    "to_json",
    "to_toml",
]
