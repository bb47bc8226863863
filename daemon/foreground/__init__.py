"""Verifying, watching, enrolling and the demo without the service."""
