"""Installing the service on a machine, and taking it away again."""
