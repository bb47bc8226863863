"""Everything that runs: sources of frames, the engine, speech, hooks and the clients."""

__version__ = "0.1.0"
