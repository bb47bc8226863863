"""The `facelatch` command."""
