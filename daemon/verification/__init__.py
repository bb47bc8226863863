"""Verifying one person for a client: the job, shared attempts, requests."""
