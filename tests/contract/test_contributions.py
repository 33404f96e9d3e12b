import numpy as np
import pytest

from contract.contributions import contrast_class, find_place_logits
from contract.naming import Pooled
from contract.outputs import Outputs
from contract.prepare import Prepared
from contract.site_head import SiteHead, site_logits
from tests.contract.test_reading import CLASSES, make_manifest


@pytest.fixture
def outputs():
    rng = np.random.default_rng(3)
    maps = {name: rng.normal(size=(6, 8, width)).astype(np.float32) for name, width in (("f", 4), ("t", 3), ("a", 5))}
    fine = np.zeros((12, 16, 3), np.float32)
    return Outputs(fine, fine[..., 0], maps["t"], maps["f"], maps["a"])


PREPARED = Prepared(np.zeros((48, 64, 3), np.uint8), (96, 160), 0.25)


def test_places_are_those_of_the_field_and_speak_as_the_network_does(outputs):
    places = find_place_logits(outputs, PREPARED, make_manifest())
    np.testing.assert_array_equal(places.logits, outputs.cell_type)
    assert places.px_per_place == (8 * 160 / 64, 8 * 96 / 48)


@pytest.mark.parametrize("inputs", [("features",), ("logits", "shape", "features"), ("attributes", "shape")])
def test_what_places_say_adds_up_to_what_the_on_site_head_says_of_the_cell(outputs, inputs):
    """The head is linear: the mean over the places of a cell is its logits, but for what its size adds."""
    width = sum({"features": 4, "logits": 3, "attributes": 5, "shape": 2}[name] for name in inputs)
    rng = np.random.default_rng(1)
    mean, scale = rng.normal(size=width), rng.uniform(0.5, 2, width)
    size = np.array([12.0, 0.4])  # diameter and nucleus fraction: at the head's mean they add nothing
    if "shape" in inputs:
        at = sum({"features": 4, "logits": 3, "attributes": 5}[name] for name in inputs[: inputs.index("shape")])
        mean[at : at + 2] = size
    weights = [tuple(row) for row in rng.normal(size=(3, width))]
    head = SiteHead(inputs=inputs, mean=tuple(mean), scale=tuple(scale), weights=tuple(weights), bias=(0.1, 0.2, 0.3))
    cover = rng.uniform(size=(6, 8))
    pooled = Pooled(
        *(np.tensordot(cover, maps, 2) / cover.sum() for maps in (outputs.features, outputs.cell_type)),
        np.tensordot(cover, outputs.attributes, 2) / cover.sum(),
        area_um2=np.pi * 6**2,
        nucleus_fraction=0.4,
    )
    places = find_place_logits(outputs, PREPARED, make_manifest(site=head)).logits
    assert places.shape == (6, 8, len(CLASSES))
    np.testing.assert_allclose(np.tensordot(cover, places, 2) / cover.sum(), site_logits(head, pooled), atol=1e-4)


def test_a_place_that_says_the_same_of_all_classes_says_nothing():
    assert contrast_class(np.float32([7, 7, 7]), 1) == 0
    assert contrast_class(np.float32([[1, 4, 1], [4, 1, 1]]), 1).tolist() == [3, -1.5]
