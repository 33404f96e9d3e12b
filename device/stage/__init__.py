"""Where the stage stands, seen by the pictures alone, and what of the slide was seen before."""

from device.stage.following import StageFollower

__all__ = ["StageFollower"]
