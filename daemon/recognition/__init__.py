"""From the faces of a frame to a match."""
