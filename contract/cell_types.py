"""Which names a cell or a field can carry, and the order in which people read them."""

DIFFERENTIAL_ORDER: tuple[str, ...] = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
"""The order in which a differential is written down, most frequent in health first."""

SCREENING_ORDER: tuple[str, ...] = ("benign", "early_pre_b", "pre_b", "pro_b")
"""The field classes of screening for acute lymphoblastic leukaemia."""

UNIDENTIFIED = "unidentified"
"""The answer where the bundle does not know; never a class of a bundle."""

SMUDGE = "smudge"
"""A nucleus that was crushed when the smear was made: shown, never in the differential, never a class of a bundle."""

ARTEFACT = "artefact"
"""What a person calls something that was counted and is no white cell; never a class of a bundle."""

APART: tuple[str, ...] = (SMUDGE, ARTEFACT)
"""Names that take what carries them out of the differential."""
