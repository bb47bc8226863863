"""Measuring: accuracy on labelled pictures, speed beside the alternatives."""
