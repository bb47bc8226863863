"""Everything that runs: sources of frames, the engine, speech, hooks and the clients."""
