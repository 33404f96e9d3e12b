"""The live loop: stages beside each other, from the camera to whoever looks, and the books they keep."""
