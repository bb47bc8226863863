"""From embeddings to a decision: distances, calibration, evidence."""
