"""Whether a field is good enough to be read."""
