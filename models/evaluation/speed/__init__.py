"""Speed beside the alternatives: all on the same frames, one after the other, one thread each."""
