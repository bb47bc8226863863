"""Pixels to vectors: detection, alignment, embedding, matching. Knows no user, bus or device."""
