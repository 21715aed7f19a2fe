"""What a network and a box must be to have regions."""

from functools import lru_cache
from math import isfinite, log2
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.activations import LEAKY_SLOPE
from core.network import Network, layers_in

SLOPES = {"identity": 1.0, "relu": 0.0, "leaky_relu": LEAKY_SLOPE, "absolute": -1.0, "prelu": np.nan}
TAME = 1000  # where sizes stay below 2^TAME by the largest weight alone, each layer need not be looked at


class Piecewise(NamedTuple):
    """A network and a box as all kernels of regions take them: in double precision, and writeable."""

    widths: tuple[int, ...]
    theta: np.ndarray  # (P,): W^[1] row by row, b^[1], W^[2], …
    slopes: np.ndarray  # (L - 1,): of the negative side of each hidden layer
    kinked: np.ndarray  # (L - 1,), bool
    limits: np.ndarray  # (n_0, 2)

    @property
    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(W, b) of each layer."""
        return layers_in(self.theta, self.widths)


def piecewise(net: Network, box: ArrayLike) -> Piecewise:
    """The network on the box.

    Raises ValueError on an ensemble, a smooth activation, a box that is none, and weights that may overflow.
    """
    slopes, kinked = kinks_of(net)
    known = Piecewise(net.widths, net.theta.astype(np.float64), slopes, kinked, limits_of(box, net.widths[0]))
    largest = float(np.maximum.reduce(np.abs(known.theta)))
    reach = max(map(abs, known.limits.ravel().tolist()))
    growth = largest * (max(net.widths) + 1) * max([1.0, *map(abs, slopes.tolist())])  # of sizes, in a layer
    if net.depth * log2(max(1, growth)) + log2(max(1, reach)) > TAME:
        refuse_overflow(known.pairs, slopes, np.abs(known.limits).max(axis=1))
    return known


def kinks_of(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the negative side and whether there is a kink, for each hidden layer: (L - 1,) each.

    Raises ValueError on an ensemble and on an activation that is not piecewise linear.
    """
    if net.theta.ndim == 2:
        raise ValueError(
            f"the network is an ensemble of {len(net.theta)} networks; regions are those of one network: net[0] …"
        )
    names = (net.activation,) * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    slopes, kinked = _kinks(names)
    slopes, kinked = slopes.copy(), kinked.copy()
    if learnt := names.count("prelu"):
        slopes[[name == "prelu" for name in names]] = net.theta[net.n_parameters - learnt :]
    return slopes, kinked


@lru_cache
def _kinks(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and kinks of these activations; NaN for the slope of prelu, which is learnt."""
    for l, name in enumerate(names, start=1):
        if name not in SLOPES:
            raise ValueError(f"hidden layer {l} is {name}, which is not piecewise linear; "
                             f"regions need one of {', '.join(SLOPES)}")  # fmt: skip
    return np.array([SLOPES[name] for name in names]), np.array([name != "identity" for name in names], dtype=bool)


def limits_of(box: ArrayLike, n_inputs: int) -> np.ndarray:
    """Lower and upper limits, (n_inputs, 2); raises ValueError where they are none."""
    limits = np.array(box, dtype=np.float64, order="C")
    if limits.shape != (n_inputs, 2):
        raise ValueError(f"box has shape {limits.shape}; this network needs ({n_inputs}, 2), "
                         "the lower and the upper limit of each")  # fmt: skip
    for i, (low, high) in enumerate(limits.tolist(), start=1):
        if not (isfinite(low) and isfinite(high)):
            raise ValueError(f"box is {limits.tolist()}; its limits must be finite")
        if not low < high:
            raise ValueError(f"box goes from {low} to {high} along input {i}; the lower limit must be below the upper")
    return limits


def snap_of(snap: float) -> float:
    """The snap itself; raises ValueError where it is below 0 or not finite."""
    if not (isfinite(snap) and snap >= 0):
        raise ValueError(f"snap is {snap}; it must be at least 0 and finite")
    return float(snap)


def refuse_overflow(pairs: list[tuple[np.ndarray, np.ndarray]], slopes: np.ndarray, reach: np.ndarray) -> None:
    """Raises where a pre-activation on the box could be too large for double precision."""
    size = reach
    with np.errstate(over="ignore", invalid="ignore"):
        for (W, b), slope in zip(pairs, [*slopes, 0.0], strict=True):
            size = (np.abs(W).T @ size + np.abs(b)) * max(1.0, abs(slope))
    if not np.isfinite(size).all():
        raise ValueError(f"weights up to {max(np.abs(W).max() for W, _ in pairs)} on a box that reaches "
                         f"{reach.max()} may overflow double precision")  # fmt: skip
