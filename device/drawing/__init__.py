"""What people see of a prediction: outlines, names, heat maps."""
