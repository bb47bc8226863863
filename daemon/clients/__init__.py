"""Clients: the command line, later the agent and the PAM helper."""
