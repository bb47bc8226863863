"""Windows of the session: enrolment, and a test of the recognition. GTK 3; no camera, no models."""
