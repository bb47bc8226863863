"""Detectors: a frame in, boxes and landmarks out."""
