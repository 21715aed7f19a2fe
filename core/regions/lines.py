"""The pieces of a network of one input, from left to right, in front of the kernel."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.line.maps import LANES, WIDTH
from core.kernels.line.records import LAYER, POINT, SWEEP
from core.kernels.line.sweep import sweep_on
from core.network import Network
from core.regions.grains import grains
from core.regions.layers import DOUBT
from core.regions.piecewise import piecewise, snap_of
from core.regions.terms import Terms

STEP = 1 << 11  # pieces between two returns to Python, where a key press is heard


class Line(NamedTuple):
    """The network and the interval as the kernel knows them."""

    layers: np.ndarray  # (L + 1,) LAYER: as it is before a sweep
    W: np.ndarray  # W^[1], W^[2], …, row by row, with padding
    b: np.ndarray  # b^[1], b^[2], …
    n_slots: int  # numbers that the maps need
    limits: np.ndarray  # (2,)
    snap: float


class Swept(NamedTuple):
    """The numbers of pieces and of linear regions, whether they are certain, and the parts that were asked for.

    left    (n,): where each piece begins
    region  (n,): the linear region of each, 0, 1, …
    on      (n, hidden units)
    maps    (n, 2, n_L): a, c of Z^[L] = a x + c
    """

    n_cells: int
    n_linear: int
    certain: bool
    parts: dict[str, np.ndarray]


def line_of(net: Network, box: ArrayLike, snap: float) -> Line:
    """The network of one input as the kernel knows it. Refuses what `piecewise` does, and a snap below 0."""
    pairs, slopes, kinked, limits = piecewise(net, box)
    padded = [-(-width // LANES) * LANES for width in net.widths]
    sizes = [p * q for p, q in zip(net.widths, padded[1:], strict=False)]
    slots = [3 * (p + 2) * q for p, q in zip(net.widths, padded[1:], strict=False)]  # biases, and n + 1 pieces
    layers = np.zeros(len(padded), dtype=LAYER)
    layers["width"], layers["padded"] = net.widths, padded
    layers["row"] = [0, *accumulate(net.widths[:-1])]
    layers["weights"], layers["first"] = [0, 0, *accumulate(sizes[:-1])], [0, 0, *accumulate(slots[:-1])]
    layers["slope"][1:-1], layers["kinked"][1:-1] = slopes, kinked
    layers["grain"], layers["exact"][0] = grains(pairs, slopes, limits), 1
    layers["points"][0] = 1  # the left limit
    W = np.zeros(sum(sizes))
    for (weights, _), start, q in zip(pairs, layers["weights"][1:], padded[1:], strict=True):
        W[start : start + len(weights) * q].reshape(-1, q)[:, : weights.shape[1]] = weights
    return Line(layers, W, np.concatenate([b for _, b in pairs]), sum(slots), limits[0], snap_of(snap))


def sweep(line: Line, terms: Terms, parts: Sequence[str] = ()) -> Swept:
    """The pieces of a network on an interval. Raises ValueError where there are more than max_regions."""
    state, room, n = _start(line), _room(line), STEP
    hidden, n_outputs = len(room[2]) - 1, line.layers["width"][-1]
    batch = {
        "left": np.empty(STEP), "region": np.empty(STEP, dtype=np.int64),
        "on": np.empty((STEP, hidden * ("on" in parts)), dtype=bool),
        "maps": np.empty((STEP, 2, n_outputs * ("maps" in parts))),
    }  # fmt: skip
    kept: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    while n == STEP:
        n = sweep_on(state, line.W, line.b, *room, *batch.values())
        for name in parts:
            kept[name].append(batch[name][:n].copy())
        terms.look(int(state["pieces"][0]))
    found = {name: np.concatenate(pieces) for name, pieces in kept.items()}
    return Swept(int(state["pieces"][0]), int(state["linear"][0]), not state["doubtful"][0], found)


def _start(line: Line) -> np.ndarray:
    """Where a sweep begins."""
    state = np.zeros(1, dtype=SWEEP)
    state["reach"] = np.abs(line.limits).max()
    state["snap"], state["doubt"] = line.snap, max(line.snap, DOUBT)
    return state


def _room(line: Line) -> list[np.ndarray]:
    """What a sweep works with, in the kernel's order. The left limit is the point of layer 0, the right its end."""
    last, widest = line.layers[-1], int(line.layers["padded"].max())
    points, ends = np.zeros(int(last["row"]), dtype=POINT), np.zeros(len(line.layers), dtype=POINT)
    points["x"][0], ends["x"][0] = line.limits
    return [
        line.layers.copy(), np.empty(line.n_slots), np.empty(len(points), dtype=bool), points, ends,
        np.empty(1, dtype=POINT), np.empty(2 * widest + 2 * WIDTH), np.empty(widest + 1, dtype=np.int64),
        np.empty(3 * widest), np.empty(widest + 1, dtype=np.int64), np.empty(3 * widest), np.zeros(3 * widest),
    ]  # fmt: skip
