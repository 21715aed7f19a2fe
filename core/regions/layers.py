"""A network of two inputs and a box as the kernels of the plane know them."""

from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.bundles import copied, on_lines
from core.kernels.plane.nets import LANES
from core.kernels.plane.records import LAYER, Plan
from core.network import Network
from core.regions.grains import grains
from core.regions.piecewise import piecewise, snap_of
from core.streams import stream

#: Relative to the sum of absolute terms of a pre-activation. Rounding, also of a vertex, is some 1e-15 of it.
SNAP = 1e-13
#: Of the largest weight into the outputs: a smaller one is compared map by map before it is called a kink.
LOUD = 1e-6
#: Relative to the same sum, a generous bound: what is not nearer to 0 on a polygon keeps its sign on all its cells.
SURE = 1e-6


class Shape(NamedTuple):
    """What the widths of a network say about its layers."""

    widths: tuple[int, ...]  # (L + 1,); the outputs have one more, their read-out
    columns: tuple[int, ...]  # (L + 2,): where those of layer 0 (none), 1, … L begin, and where they end
    records: np.ndarray  # (L + 1,) LAYER, without what depends on weights and activations
    n_weights: int  # in blocks
    hidden: int  # hidden units
    widest: int  # the most columns that a layer has, and a block more


class Layers(NamedTuple):
    """The network and the box as the kernels know them."""

    shape: Shape
    plan: Plan
    maps: np.ndarray  # (4, columns): those of the first layer, then the biases
    limits: np.ndarray  # (2, 2)
    snap: float


def layers_of(net: Network, box: ArrayLike, snap: float) -> Layers:
    """The network of two inputs as the kernels know it. Refuses what `piecewise` does, and a snap below 0."""
    return layers_from(*piecewise(net, box), snap_of(snap))


def layers_from(pairs: list, slopes: np.ndarray, kinked: np.ndarray, limits: np.ndarray, snap: float) -> Layers:
    """Layers of (W, b) pairs in float64. The first output is the read-out: a generic combination of the others."""
    if len(pairs) == 1:  # a layer that hands on the inputs
        pairs, slopes, kinked = [(np.eye(2), np.zeros(2)), *pairs], np.ones(1), np.zeros(1, dtype=bool)
    pairs = [*pairs[:-1], _with_readout(*pairs[-1])]
    shape = _shape_of((2, *(len(b) for _, b in pairs)))
    layers = copied(shape.records)
    layers["slope"][1:-1], layers["kinked"][1:-1], layers["grain"] = slopes, kinked, grains(pairs, slopes, limits)
    weights = on_lines(shape.n_weights)
    for (W, _), layer in zip(pairs, layers[1:], strict=True):
        _write_blocks(W, weights[layer["weights"] :])
    return Layers(
        shape,
        Plan(layers, weights, _loud(pairs[-1][0][:, 0], slopes, kinked)),
        _maps(pairs, shape, limits),
        limits,
        snap,
    )


@lru_cache
def _shape_of(widths: tuple[int, ...]) -> Shape:
    """The shape of a network whose outputs are one more."""
    padded = [-(-width // LANES) * LANES for width in widths[1:]]
    layers = np.zeros(len(widths), dtype=LAYER)
    layers["width"], layers["row"] = widths, [0, *accumulate(widths[:-1])]
    *starts, n_weights = accumulate((p * q for p, q in zip(widths, padded, strict=False)), initial=0)
    layers["weights"][1:] = starts
    columns = 0, *accumulate(padded, initial=0)
    return Shape(widths, columns, layers, n_weights, hidden=sum(widths[1:-1]), widest=max(padded) + LANES)


def _write_blocks(W: np.ndarray, target: np.ndarray) -> None:
    """Where target begins <- W in blocks of LANES columns, each row-major; the last one is filled up with zeros."""
    rows, columns = W.shape
    whole, rest = divmod(columns, LANES)
    blocks = target[: (whole + (rest > 0)) * rows * LANES].reshape(-1, rows, LANES)
    blocks[:whole] = W[:, : columns - rest].reshape(rows, whole, LANES).swapaxes(0, 1)
    if rest:
        blocks[whole, :, :rest], blocks[whole, :, rest:] = W[:, columns - rest :], 0


def _maps(pairs: list, shape: Shape, limits: np.ndarray) -> np.ndarray:
    """Maps, (4, columns): those of the first layer, and biases, with the sums of their absolute terms on the box."""
    maps = np.zeros((4, shape.columns[-1]))
    for (_, b), start in zip(pairs, shape.columns[1:-1], strict=True):
        maps[2, start : start + len(b)] = b
    maps[:2, : len(pairs[0][1])] = pairs[0][0]
    maps[3] = np.abs(limits).max(axis=1) @ abs(maps[:2]) + abs(maps[2])
    return maps


def _with_readout(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The last layer with one output more in front."""
    both = np.empty((len(W) + 1, len(b) + 1))
    both[:-1, 1:], both[-1, 1:] = W, b
    both[:, 0] = both[:, 1:] @ _readout(len(b))
    return both[:-1], both[-1]


@cache
def _readout(n_outputs: int) -> np.ndarray:
    """A generic combination of outputs."""
    return stream(0, "read-out").uniform(1, 2, n_outputs)


def _loud(effects: np.ndarray, slopes: np.ndarray, kinked: np.ndarray) -> np.ndarray:
    """Whether a kink of each last hidden unit surely changes the outputs, (n_(L-1),)."""
    if not len(slopes) or not kinked[-1]:
        return np.zeros(len(effects), dtype=bool)
    sizes = np.abs(1 - slopes[-1]) * np.abs(effects)
    return sizes > LOUD * np.abs(effects).max()
