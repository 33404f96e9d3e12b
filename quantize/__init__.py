"""The quantizer: from a run to an int8 bundle, with proof on the device's own code that nothing was lost."""
