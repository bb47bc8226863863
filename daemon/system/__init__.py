"""Adapters to what runs beside the service: logind, polkit, systemd, the journal."""
