"""How fine weights are: where they have few binary digits, sums of their products are exact."""

import numpy as np

from core.regions.piecewise import Piecewise

FINEST = 2.0**40  # weights that are no multiples of 1 / FINEST have too many digits for anything to be exact
SMALLEST_GRAIN = 300  # a product of three such powers of 1/2 is still a normal number


def grains(known: Piecewise) -> np.ndarray:
    """A power of two that the maps of each layer are multiples of, the box's limits first, (L + 1,); 0 if too small."""
    found, k = np.zeros(len(known.widths)), 0.0
    if not (known.theta.item(0) * FINEST).is_integer():  # so it is in most networks
        return found
    for l, ((W, b), slope) in enumerate(zip(known.pairs, [*known.slopes, 1.0], strict=True), start=1):
        if not _is_fine(W):
            break
        k = min(k + _grain(W), _grain(b))
        found[l] = 2.0 ** (k if k < np.inf else 0) if k > -SMALLEST_GRAIN else 0.0  # zeros are multiples of 1, too
        k += _grain(np.array([1.0, slope]))
    if found.any():
        found[0] = 2.0 ** max(_grain(known.limits), -SMALLEST_GRAIN)
    return found


def _is_fine(W: np.ndarray) -> bool:
    """Whether all weights are multiples of 1 / FINEST; mostly, the first one tells."""
    return (float(W.flat[0]) * FINEST).is_integer() and bool((np.rint(W * FINEST) == W * FINEST).all())


def _grain(numbers: np.ndarray) -> float:
    """The largest k such that all numbers are multiples of 2^k; infinite where all are 0."""
    mantissas, exponents = np.frexp(numbers[numbers != 0])
    integers = (mantissas * 2.0**53).astype(np.int64)
    return float((exponents - 53 + np.log2(integers & -integers)).min(initial=np.inf))
