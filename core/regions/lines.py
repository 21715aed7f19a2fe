"""The pieces of a network of one input, from left to right, in front of the kernel."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.line.maps import LANES
from core.kernels.line.records import LAYER, POINT, SWEEP
from core.kernels.line.sweep import sweep_on
from core.kernels.rounding import DOUBT
from core.network import Network
from core.regions.grains import grains
from core.regions.piecewise import piecewise, snap_of
from core.regions.terms import Terms

STEP = 1 << 11  # pieces between two returns to Python, where a key press is heard


class Line(NamedTuple):
    """The network and the interval as the kernel knows them."""

    widths: tuple[int, ...]
    layers: np.ndarray  # (L + 1,) LAYER: as it is before a sweep
    theta: np.ndarray  # W^[1] row by row, b^[1], W^[2], …
    n_weights: int  # numbers that W^[1], W^[2], … need, in blocks
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
    (pairs, slopes, kinked, limits), widths = piecewise(net, box), net.widths
    padded = [-(-width // LANES) * LANES for width in widths]
    units = [0, *accumulate(widths[:-1])]
    blocks = [0, *accumulate(p * q for p, q in zip(widths, padded[1:], strict=False))]  # where W^[1], W^[2], … begin
    slots = [0, *accumulate(3 * (p + 2) * q for p, q in zip(widths, padded[1:], strict=False))]  # biases, n + 1 pieces
    zeros, first = [0] * len(widths), [1] + [0] * net.depth  # the input is exact, and its one point the left limit
    columns = (
        widths, padded, units, [0, *blocks[:-1]], [0, *slots[:-1]], [0, *kinked, 0], zeros, first, first, zeros,
        [0, *slopes, 0], grains(pairs, slopes, limits),
    )  # fmt: skip
    layers = np.array(list(zip(*columns, strict=True)), dtype=LAYER)
    theta = net.theta.astype(np.float64)  # a copy: kernels are compiled for what is writeable
    return Line(widths, layers, theta, blocks[-1], slots[-1], limits[0], snap_of(snap))


def sweep(line: Line, terms: Terms, parts: Sequence[str] = ()) -> Swept:
    """The pieces of a network on an interval. Raises ValueError where there are more than max_regions."""
    units = sum(line.widths[:-1])  # the input is one of them
    on, n = np.empty(units * ("on" in parts), dtype=bool), STEP
    state, room = _start(line), _room(line, units)
    batch = {
        "left": np.empty(STEP), "region": np.empty(STEP, dtype=np.int64),
        "on": np.empty((STEP, (units - 1) * ("on" in parts)), dtype=bool),
        "maps": np.empty((STEP, 2, line.widths[-1] * ("maps" in parts))),
    }  # fmt: skip
    kept: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    while n == STEP:
        n = sweep_on(state, line.theta, on, *room, *batch.values())
        for name in parts:
            kept[name].append(batch[name][:n].copy())
        terms.look(int(state["pieces"][0]))
    found = {name: np.concatenate(pieces) for name, pieces in kept.items()}
    return Swept(int(state["pieces"][0]), int(state["linear"][0]), not state["doubtful"][0], found)


def _start(line: Line) -> np.ndarray:
    """Where a sweep begins."""
    low, high = line.limits.tolist()
    return np.array([(0, 0, 0, max(abs(low), abs(high)), line.snap, max(line.snap, DOUBT))], dtype=SWEEP)


def _room(line: Line, units: int) -> list[np.ndarray]:
    """What a sweep works with, in the kernel's order. The left limit is the point of layer 0, the right its end."""
    widest = max(line.widths) + 2 * LANES
    points = np.zeros(units + len(line.layers) + 1, dtype=POINT)  # those of all layers, their ends, and the last passed
    points["x"][0], points["x"][units] = line.limits
    layers = line.layers.view(np.int64).copy().view(LAYER)  # field by field, a copy takes six times as long
    return [
        layers, np.empty(line.n_weights), np.empty(line.n_slots), points,
        np.zeros((4, 3 * widest)), np.empty((2, widest), dtype=np.int64),
    ]  # fmt: skip
