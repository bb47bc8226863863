"""Enrolling for a client: the job, the preview, and who is told."""
