"""Enrolling over the bus: the job, its pictures for the window, requests."""
