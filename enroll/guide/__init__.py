"""Guided enrolment: observations in, prompts out, in the end a choice of pictures."""
