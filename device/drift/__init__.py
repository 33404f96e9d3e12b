"""How lamp, colour, focus and stain change over days: read from what was recorded of each field."""
