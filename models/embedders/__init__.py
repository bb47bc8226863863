"""Embedders: an aligned chip in, an embedding out."""
