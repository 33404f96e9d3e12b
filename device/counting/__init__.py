"""Each cell once: which cells of a slide count, and what all looks at them say together."""
