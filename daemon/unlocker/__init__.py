"""The unlocker: a process of its own, the only one that has the right to unlock a session."""
