"""The system bus: the connection, who is behind a message, outgoing signals."""
