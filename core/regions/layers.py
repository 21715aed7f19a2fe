"""A network of two inputs and a box as the kernels of the plane are told of them."""

from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.plane.nets import LANES
from core.kernels.plane.polygons import ROWS
from core.kernels.plane.records import LAYER
from core.network import Network
from core.regions.grains import grains
from core.regions.piecewise import Piecewise, piecewise, snap_of

#: Relative to the sum of absolute terms of a pre-activation. Rounding, also of a vertex, is some 1e-15 of it.
SNAP = 1e-13
MOST_UNITS = ROWS - 1  # and the two inputs


class Shape(NamedTuple):
    """What the widths of a network say about its layers."""

    widths: tuple[int, ...]  # (L + 1,) of the network; from here on, L is at least 2
    columns: tuple[int, ...]  # (L + 2,): where those of layer 0 (none), 1, … L begin, and where they end
    records: np.ndarray  # (L + 1,) LAYER, without what depends on activations and weights
    n_weights: int  # in blocks
    hidden: int  # hidden units
    widest: int  # the most columns that a layer has, and a block more


class Layers(NamedTuple):
    """The network and the box."""

    shape: Shape
    slopes: np.ndarray  # (L - 1,): of the negative side of each hidden layer
    kinked: np.ndarray  # (L - 1,), bool
    grains: np.ndarray  # (L + 1,): a power of two that all maps of a layer are multiples of, or 0
    theta: np.ndarray  # W^[1] row by row, b^[1], W^[2], …
    limits: np.ndarray  # (2, 2)
    snap: float


def layers_of(net: Network, box: ArrayLike, snap: float) -> Layers:
    """The network of two inputs as the kernels know it. Refuses what `piecewise` does, and a snap below 0."""
    return layers_from(piecewise(net, box), snap_of(snap))


def layers_from(known: Piecewise, snap: float) -> Layers:
    """As layers_of, of what is known to be piecewise linear. Refuses more units than an edge's tag has room for."""
    shape = _shape_of(known.widths)
    if shape.hidden > MOST_UNITS:
        raise ValueError(f"the network has {shape.hidden} hidden units; in the plane there may be up to {MOST_UNITS}")
    if len(known.widths) == 2:  # a layer that hands on the inputs
        theta = np.concatenate([[1, 0, 0, 1, 0, 0], known.theta])
        known = Piecewise((2, *known.widths), theta, np.ones(1), np.zeros(1, dtype=bool), known.limits)
    return Layers(shape, known.slopes, known.kinked, grains(known), known.theta, known.limits, snap)


@lru_cache
def _shape_of(widths: tuple[int, ...]) -> Shape:
    """One layer is two: the first hands on the inputs. The outputs have a column more, for their read-out."""
    n_columns = [2, *(widths[1:-1] or (2,)), widths[-1] + 1]
    padded = [-(-width // LANES) * LANES for width in n_columns[1:]]
    layers = np.zeros(len(n_columns), dtype=LAYER)
    layers["width"], layers["row"] = n_columns, [0, *accumulate(n_columns[:-1])]
    *starts, n_weights = accumulate((p * q for p, q in zip(n_columns, padded, strict=False)), initial=0)
    layers["weights"][1:] = starts
    columns = 0, *accumulate(padded, initial=0)
    return Shape(widths, columns, layers, n_weights, hidden=sum(widths[1:-1]), widest=max(padded) + LANES)
