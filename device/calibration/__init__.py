"""On-site calibration at the device: where labelled cells come from, and how a calibrated bundle is made of them."""
