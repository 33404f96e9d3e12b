from dataclasses import dataclass

import numpy as np
import pytest
from pydantic import ValidationError

from contract.site_head import SiteHead, SiteHeadError, describe_shape, site_logits, stack_inputs


@dataclass(frozen=True, slots=True)
class Seen:
    features: np.ndarray
    logits: np.ndarray
    attributes: np.ndarray | None = None
    area_um2: float = 100.0
    nucleus_fraction: float = 0.5


SEEN = Seen(np.array([1.0, 3.0]), np.array([0.5, -0.5]))


def make_head(**changes):
    facts = {"inputs": ("features",), "mean": (1.0, 1.0), "scale": (1.0, 2.0)}
    facts |= {"weights": ((2.0, 0.0), (0.0, 3.0)), "bias": (0.5, -0.5)}
    return SiteHead.model_validate(facts | changes)


def test_logits_are_weights_times_standardised_inputs_plus_bias():
    assert site_logits(make_head(), SEEN).tolist() == [0.5, 2.5]


def test_inputs_stand_in_the_order_the_head_names_them():
    found = stack_inputs(("shape", "logits", "features"), SEEN)
    assert found.tolist() == [*describe_shape(100.0, 0.5).tolist(), 0.5, -0.5, 1.0, 3.0]


def test_a_head_survives_json():
    head = make_head()
    assert SiteHead.model_validate_json(head.model_dump_json()) == head


@pytest.mark.parametrize(
    "changes",
    [
        {"mean": (1.0,)},
        {"scale": (1.0, 0.0)},
        {"weights": ((1.0, 2.0), (1.0,))},
        {"bias": (0.0,)},
        {"bias": (0.0, float("nan"))},
        {"inputs": ("features", "features")},
        {"inputs": ("colour",)},
        {"inputs": ()},
    ],
)
def test_a_head_that_contradicts_itself_is_refused(changes):
    with pytest.raises(ValidationError):
        make_head(**changes)


def test_a_head_of_another_network_is_refused_in_one_line():
    with pytest.raises(SiteHeadError, match=r"3 inputs \(expected 2"):
        site_logits(make_head(), Seen(np.zeros(3), np.zeros(2)))


def test_a_head_that_reads_attributes_refuses_a_cell_without_them():
    with pytest.raises(SiteHeadError, match="no attributes"):
        site_logits(make_head(inputs=("attributes",)), SEEN)
