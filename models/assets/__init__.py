"""Weights and networks as files: where they come from, their digests, their cache."""
