"""Requests that take time, followed over the bus."""
