"""The whole bundles that mutations start from: the shipped one, and tiny ones that hold every kind of fact."""

import json
import shutil

import numpy as np

from contract.packed import pack
from contract.seal import MANIFEST
from contract.settings_files import INSTALL_ROOT
from tests.conftest import make_bundle
from tests.device.bundles.made_bundles import make_version, seal_again

BASES = ("tiny", "screening", "calibrated", "wbc5")
OLD = "old"
FEATURES, SHAPE = 4, 2


def make_bases(folder, differential=None, screening=None):
    """Make every base below a folder, from tiny bundles that are there already or are made now."""
    differential = differential or make_bundle(folder / "made-differential", "differential")
    screening = screening or make_bundle(folder / "made-screening", "screening")
    shutil.copytree(differential, folder / "tiny")
    shutil.copytree(screening, folder / "screening")
    shutil.copytree(INSTALL_ROOT / "bundles" / "wbc5", folder / "wbc5")
    make_version(differential, folder / OLD, OLD)
    calibrate(shutil.copytree(differential, folder / "calibrated"))
    return folder


def calibrate(folder):
    """Give a bundle an on-site head that repeats the network's logits, and a look at what is strange."""
    facts = json.loads((folder / MANIFEST).read_bytes())
    classes = len(facts["classes"])
    width = FEATURES + classes + SHAPE
    logits = np.zeros((classes, width))
    logits[:, FEATURES : FEATURES + classes] = np.eye(classes)
    facts["site"] = {
        "inputs": ["features", "logits", "shape"],
        "mean": [0.0] * width,
        "scale": [1.0] * width,
        "weights": logits.tolist(),
        "bias": [0.0] * classes,
    }
    facts["outside"] = {
        "inputs": ["features"],
        "means": [[0.5] * FEATURES] * classes,
        "factors": pack(np.stack([np.eye(FEATURES)] * classes)),
        "log_volumes": [0.0] * classes,
        "distance": {"middle": 0.0, "spread": 1.0},
        "energy": {"middle": 0.0, "spread": 50.0},
        "energy_weight": 0.5,
        "threshold": 40.0,
    }
    facts["fitted_here"] = "bench 1"
    seal_again(folder, facts)
