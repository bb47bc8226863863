"""Clients: the command line, the agent, windows; the PAM helper has its place here."""
