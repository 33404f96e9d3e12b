"""How records, captures and pictures are kept: one writer, files before rows."""
