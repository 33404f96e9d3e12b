"""From folders of images to a trained, measured model: data sets, network, fit, evaluation. Runs on a host."""
