"""Commands that measure: evaluate, bench, calibrate."""
