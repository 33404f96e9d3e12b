import numpy as np
import pytest

from contract.stored_features import StoredFeaturesError, read_features, write_features

NETWORK = "0123456789abcdef" * 4


def test_features_come_back_to_three_digits():
    values = tuple(np.linspace(-6, 80, 48))
    np.testing.assert_allclose(read_features(write_features(values, NETWORK), NETWORK), values, rtol=1e-3, atol=1e-3)


def test_features_of_another_network_are_none():
    assert read_features(write_features((1.0, 2.0), NETWORK), "f" * 64) is None
    assert read_features(None, NETWORK) is None


def test_without_a_network_nothing_is_kept():
    assert write_features((1.0,), "") is None


@pytest.mark.parametrize("damaged", ["", "!!!", "AAAA", "AHw="])
def test_damaged_features_are_refused(damaged):
    with pytest.raises(StoredFeaturesError):
        read_features(f"{NETWORK[:12]}:{damaged}", NETWORK)
