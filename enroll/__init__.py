"""What a person's template is: choosing it from frames, and keeping it."""
