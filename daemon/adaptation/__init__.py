"""What an appearance learns from the visits of its owner."""
