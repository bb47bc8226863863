"""What the service knows, and the records that last."""
