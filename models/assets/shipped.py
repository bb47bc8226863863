"""What an environment may hold beside its Python packages: converted networks, the demo's pictures.

    <environment>/share/facelatch/networks/<model>-<key>/...   as in the cache
    <environment>/share/facelatch/portraits/<file>

Packages of distributions bring them, so that nothing of the workshop has to be on that machine.
"""

import sys
from pathlib import Path

SHARE = "share/facelatch"
NETWORKS = "networks"
PORTRAITS = "portraits"


def networks() -> Path:
    """Folder of the converted networks of the environment that runs (it need not exist)."""
    return Path(sys.prefix) / SHARE / NETWORKS


def portraits() -> Path:
    """Folder of its pictures (it need not exist)."""
    return Path(sys.prefix) / SHARE / PORTRAITS
