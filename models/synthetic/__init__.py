"""Pictures and clips that are drawn: portraits, motion, light."""
