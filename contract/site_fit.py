"""How a linear head is fitted on few labelled cells: pulled towards the network's own, which knows far more cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from contract.site_head import SiteHead

STRENGTHS = (30.0, 10.0, 3.0, 1.0, 0.3)
"""How strongly the network's own head pulls; which one holds is found by holding out. At 30 almost nothing moves."""

FREE_BIAS = 0.1
"""The bias is pulled this much less: how often a class is called depends on lamp and stain more than its looks do."""

ROUNDS = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkHead:
    """The network's own cell-type head, which is linear in its features.

    Attributes:
        weights: (C, F).
        bias: (C,).
    """

    weights: Floats
    bias: Floats

    def __call__(self, features: Floats) -> Floats:
        """Give the (n, C) logits of (n, F) features."""
        return np.asarray(features @ self.weights.T + self.bias, np.float64)


def fit_site_head(
    features: Floats, truth: NDArray[np.intp], weight: Floats, network: NetworkHead, strength: float
) -> SiteHead:
    """Fit a head by multinomial logistic regression with a Gaussian prior around the network's own head.

    Args:
        features: (n, F) pooled over each cell.
        truth: (n,) class indices.
        weight: (n,) what each cell counts, adding up to 1.
        network: the prior's middle, its logits at the temperature that suits these cells.
        strength: of the prior, > 0; beside a mean loss of one cell.

    Returns:
        The head.
    """
    mean = np.average(features, axis=0, weights=weight)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weight))
    scale = np.maximum(spread, 1e-6)  # a feature that never varies says nothing, and its weight stays the network's
    inputs = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    prior = np.column_stack([network.weights * scale, network.bias + network.weights @ mean])
    fitted = _minimise(inputs, np.eye(len(prior))[truth], weight, prior, strength)
    return SiteHead(
        inputs=("features",),
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(tuple(row) for row in fitted[:, :-1].tolist()),
        bias=tuple(fitted[:, -1].tolist()),
    )


def apply_head(head: SiteHead, features: Floats) -> Floats:
    """Give the logits of many cells; for one cell see `contract.site_head.site_logits`.

    Args:
        head: that reads features alone.
        features: (n, F).

    Returns:
        (n, C).
    """
    standard = (features - np.asarray(head.mean)) / np.asarray(head.scale)
    return np.asarray(standard @ np.asarray(head.weights).T + np.asarray(head.bias), np.float64)


def _minimise(inputs: Floats, called: Floats, weight: Floats, prior: Floats, strength: float) -> Floats:
    from scipy.optimize import minimize  # 22 MB that a device needs only while it calibrates

    pull = np.ones_like(prior)
    pull[:, -1] = FREE_BIAS

    def loss(flat: Floats) -> tuple[float, Floats]:
        moved = flat.reshape(prior.shape) - prior
        logs = log_softmax(inputs @ flat.reshape(prior.shape).T, axis=1)
        surprise = -float(weight @ (called * logs).sum(axis=1))
        slope = (weight[:, np.newaxis] * (np.exp(logs) - called)).T @ inputs + strength * pull * moved
        return surprise + 0.5 * strength * float((pull * moved**2).sum()), slope.ravel()

    found = minimize(loss, prior.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return np.asarray(found.x, np.float64).reshape(prior.shape)
