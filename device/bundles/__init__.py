"""The bundles of this device: which are installed, which one runs and why, how one comes in, and how one goes back."""
