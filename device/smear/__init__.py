"""The simulated smear: a virtual slide of which every white cell is known, drawn well enough to practise on."""
