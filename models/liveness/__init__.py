"""Whether a face is that of a living person: cues that can only deny, and their fusion."""
