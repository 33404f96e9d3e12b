"""Which names a cell or a field can carry, and the order in which people read them."""

DIFFERENTIAL_ORDER: tuple[str, ...] = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
"""The order in which a differential is written down, most frequent in health first."""

SCREENING_ORDER: tuple[str, ...] = ("benign", "early_pre_b", "pre_b", "pro_b")
"""The field classes of screening for acute lymphoblastic leukaemia."""

UNIDENTIFIED = "unidentified"
"""The answer where the bundle does not know; never a class of a bundle."""
