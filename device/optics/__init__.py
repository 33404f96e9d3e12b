"""What lamp, lens and sensor do to a picture, measured with a button each and taken off again."""
