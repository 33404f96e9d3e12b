"""What people say of a slide's cells: names, signatures, second readings."""
