"""Which settings hold on the device: their places, what a person changes on the page, and the trial of it."""
