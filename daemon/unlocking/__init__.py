"""Which sessions are watched, and the one place that unlocks."""
