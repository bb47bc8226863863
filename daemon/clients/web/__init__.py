"""The page in a browser on which recognition is tried out; on this machine alone."""
