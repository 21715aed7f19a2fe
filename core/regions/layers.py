"""A network of two inputs and a box as the kernels of the plane know them."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.plane.maps import LANES
from core.kernels.plane.records import LAYER
from core.network import Network
from core.regions.grains import grains
from core.regions.piecewise import piecewise, snap_of
from core.streams import stream

#: Relative to the sum of absolute terms of a pre-activation. Rounding, also of a vertex, is some 1e-15 of it.
SNAP = 1e-13
#: Relative to the same sum: the sign of a smaller value may be a matter of rounding.
DOUBT = 1e-12
#: Of the largest weight into the outputs: a smaller one is compared map by map before it is called a kink.
LOUD = 1e-6


class Layers(NamedTuple):
    """The network and the box as the kernels know them."""

    plan: np.ndarray  # (L + 1,) LAYER: as it is before a walk
    W: np.ndarray  # W^[1], W^[2], … in blocks of LANES columns
    b: np.ndarray  # b^[1], b^[2], …
    loud: np.ndarray  # (n_(L-1),), bool: the last hidden units that an output surely reads
    readout: np.ndarray  # (n_L,): a generic combination of the outputs
    n_slots: int  # numbers that the maps need
    limits: np.ndarray  # (2, 2)
    snap: float

    @property
    def hidden(self) -> int:
        """The number of hidden units."""
        return int(self.plan["width"][1:-1].sum())


def layers_of(net: Network, box: ArrayLike, snap: float) -> Layers:
    """The network of two inputs as the kernels know it. Refuses what `piecewise` does, and a snap below 0."""
    return layers_from(*piecewise(net, box), snap_of(snap))


def layers_from(pairs: list, slopes: np.ndarray, kinked: np.ndarray, limits: np.ndarray, snap: float) -> Layers:
    """Layers of (W, b) pairs in float64."""
    widths = np.array([len(pairs[0][0]), *(len(b) for _, b in pairs)])
    padded = -(-widths // LANES) * LANES
    slots = 4 * np.array([1, *(widths[:-1] + 2)]) * padded  # the bias, the base, and one more for each unit turned on
    plan = np.zeros(len(widths), dtype=LAYER)
    plan["width"], plan["padded"] = widths, padded
    plan["row"] = np.cumsum([0, *widths[:-1]])
    plan["weights"] = np.cumsum([0, 0, *(widths[:-1] * padded[1:])[:-1]])
    plan["first"] = np.cumsum([0, *slots[:-1]])
    plan["slope"][1:-1], plan["kinked"][1:-1] = slopes, kinked
    plan["grain"], plan["exact"][0] = grains(pairs, slopes, limits), 1
    readout = _readout(int(widths[-1]))
    return Layers(
        plan=plan,
        W=np.concatenate([_in_blocks(W, p) for (W, _), p in zip(pairs, padded[1:], strict=True)]),
        b=np.concatenate([b for _, b in pairs]),
        loud=_loud(pairs[-1][0] @ readout, slopes, kinked),
        readout=readout,
        n_slots=int(slots.sum()),
        limits=limits,
        snap=float(snap),
    )


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
