"""What a source's name says by itself. Loads nothing."""


def is_drawn(source: str) -> bool:
    """Whether the name is of the built-in demo, whose people are flat portraits and nobody.

    No file and no camera has such a name: see `daemon.sources.open.open_source`.
    """
    return source == "demo" or source.startswith("demo:")
