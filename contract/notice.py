"""The sentence that stands wherever a person sees a result."""

RESEARCH_USE = "For research use only. Not for use in diagnostic procedures."
