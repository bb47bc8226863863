"""Imported by a server of forks, before it imports what is made of the limits."""

from tests.slow_daemon import widen

widen()
