"""What every program must agree on: image preparation, a bundle's promises, the reading of model outputs, records.

Runs anywhere and never imports TensorFlow. Each module answers one question; DESIGN names the arrows: nothing here
imports a sibling folder.
"""
