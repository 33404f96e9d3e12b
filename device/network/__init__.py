"""The bundle's network on this machine: which runtime, whether it computes what it should, what it says of a frame."""
