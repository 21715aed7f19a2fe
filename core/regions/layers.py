"""A network of two inputs and a box as the kernels of the plane know them."""

from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.bundles import on_lines
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


class Layers(NamedTuple):
    """The network and the box as the kernels know them."""

    plan: Plan
    maps: np.ndarray  # (4, columns): those of the first layer, then the biases
    columns: list[int]  # (L + 2,): where those of layer 0 (none), 1, … L begin, and where they end
    limits: np.ndarray  # (2, 2)
    snap: float
    hidden: int  # hidden units

    @property
    def widths(self) -> np.ndarray:
        """Those of the layers, (L + 1,); the outputs have one more, their read-out."""
        return self.plan.layers["width"]


def layers_of(net: Network, box: ArrayLike, snap: float) -> Layers:
    """The network of two inputs as the kernels know it. Refuses what `piecewise` does, and a snap below 0."""
    return layers_from(*piecewise(net, box), snap_of(snap))


def layers_from(pairs: list, slopes: np.ndarray, kinked: np.ndarray, limits: np.ndarray, snap: float) -> Layers:
    """Layers of (W, b) pairs in float64. The first output is the read-out: a generic combination of the others."""
    hidden = sum(len(b) for _, b in pairs[:-1])
    if not hidden:  # a layer that hands on the inputs
        pairs, slopes, kinked = [(np.eye(2), np.zeros(2)), *pairs], np.ones(1), np.zeros(1, dtype=bool)
    pairs = [*pairs[:-1], _with_readout(*pairs[-1])]
    widths = [2, *(len(b) for _, b in pairs)]
    padded = [-(-width // LANES) * LANES for width in widths[1:]]
    columns = [0, *accumulate(padded, initial=0)]
    layers = np.zeros(len(widths), dtype=LAYER)
    layers["width"], layers["row"] = widths, [0, *accumulate(widths[:-1])]
    *starts, n_weights = accumulate((p * q for p, q in zip(widths, padded, strict=False)), initial=0)
    layers["weights"][1:] = starts
    layers["slope"][1:-1], layers["kinked"][1:-1], layers["grain"] = slopes, kinked, grains(pairs, slopes, limits)
    W = on_lines(n_weights)
    np.concatenate([_in_blocks(W, p) for (W, _), p in zip(pairs, padded, strict=True)], out=W)
    return Layers(
        plan=Plan(layers, W, _loud(pairs[-1][0][:, 0], slopes, kinked)), maps=_maps(pairs, columns, limits),
        columns=columns, limits=limits, snap=float(snap), hidden=hidden,
    )  # fmt: skip


def _maps(pairs: list, columns: list[int], limits: np.ndarray) -> np.ndarray:
    """Maps, (4, columns): those of the first layer, and biases, with the sums of their absolute terms on the box."""
    maps = np.zeros((4, columns[-1]))
    for (_, b), start in zip(pairs, columns[1:-1], strict=True):
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


def _in_blocks(W: np.ndarray, padded: int) -> np.ndarray:
    """W in blocks of LANES columns, each row-major."""
    rows, columns = W.shape
    wide = np.zeros((rows, padded))
    wide[:, :columns] = W
    return wide.reshape(rows, -1, LANES).swapaxes(0, 1).ravel()


def _loud(effects: np.ndarray, slopes: np.ndarray, kinked: np.ndarray) -> np.ndarray:
    """Whether a kink of each last hidden unit surely changes the outputs, (n_(L-1),)."""
    if not len(slopes) or not kinked[-1]:
        return np.zeros(len(effects), dtype=bool)
    sizes = np.abs(1 - slopes[-1]) * np.abs(effects)
    return sizes > LOUD * np.abs(effects).max()
