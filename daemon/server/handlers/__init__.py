"""What answers the methods of the contract, by topic. Knows users and requests, not messages."""
