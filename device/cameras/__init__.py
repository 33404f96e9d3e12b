"""Cameras: each is one file behind the small protocol of ``device.cameras.source``."""
