"""What a source's name says by itself. Loads nothing."""

import re


def is_drawn(source: str) -> bool:
    """Whether the name is of the built-in demo, whose people are flat portraits and nobody.

    No file and no camera has such a name: see `daemon.sources.open.open_source`.
    """
    return source == "demo" or source.startswith("demo:")


def is_address(source: str) -> bool:
    """Whether the name begins with a scheme: a stream from the network, or nothing we know."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source) is not None
