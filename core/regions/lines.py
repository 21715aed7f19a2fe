"""The pieces of a network of one input, from left to right, in front of the kernel."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.bundles import copied, on_lines
from core.kernels.line.maps import LANES
from core.kernels.line.records import LAYER, POINT, SWEEP
from core.kernels.line.sweep import AT_ONCE, sweep_on
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
    sizes: tuple[int, ...]  # of W^[1], W^[2], … in blocks; of the maps, the queues, the patterns, the largest queue
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
    known = piecewise(net, box)
    layers, sizes = _room_of(known.widths)
    layers = copied(layers)
    layers["slope"][1:-1], layers["kinked"][1:-1], layers["grain"] = known.slopes, known.kinked, grains(known)
    return Line(known.widths, layers, known.theta, sizes, known.limits[0], snap_of(snap))


@lru_cache
def _room_of(widths: tuple[int, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The records of layers of these widths, in front of a sweep, and `sizes`."""
    before, padded = [0, *widths[:-1]], [-(-width // LANES) * LANES for width in widths]
    room = [0, 1, *(width + 1 + AT_ONCE for width in before[2:])]  # pieces: at least those that one is cut into
    sizes = {
        "weights": [width * p for width, p in zip(before, padded, strict=True)],
        "first": [3 * (1 + n) * p for n, p in zip(room, padded, strict=True)],
        "queue": [n + (n > 0) for n in room],
        "marks": [n * width for n, width in zip(room, before, strict=True)],
    }
    layers = np.zeros(len(widths), dtype=LAYER)
    layers["width"], layers["padded"], layers["row"], layers["room"] = widths, padded, np.cumsum(before), room
    for name, each in sizes.items():
        layers[name] = np.cumsum([0, *each[:-1]])
    layers["pieces"][1] = 1  # the box
    return layers, (*map(sum, sizes.values()), max(room))


def sweep(line: Line, terms: Terms, parts: Sequence[str] = ()) -> Swept:
    """The pieces of a network on an interval. Raises ValueError where there are more than max_regions."""
    units = sum(line.widths[:-1])  # the input is one of them
    state, room, n = _start(line), _room(line, "on" in parts), STEP
    batch = {
        "left": np.empty(STEP), "region": np.empty(STEP, dtype=np.int64),
        "on": np.empty((STEP, (units - 1) * ("on" in parts)), dtype=bool),
        "maps": np.empty((STEP, 2, line.widths[-1] * ("maps" in parts))),
    }  # fmt: skip
    kept: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    while n == STEP:
        n = sweep_on(state, line.theta, *room, *batch.values())
        for name in parts:
            kept[name].append(batch[name][:n].copy())
        terms.look(int(state["pieces"][0]))
    found = {name: np.concatenate(pieces) for name, pieces in kept.items()}
    return Swept(int(state["pieces"][0]), int(state["linear"][0]), not state["doubtful"][0], found)


def _start(line: Line) -> np.ndarray:
    """Where a sweep begins."""
    low, high = line.limits.tolist()
    return np.array([(0, 0, 0, max(abs(low), abs(high)), line.snap, max(line.snap, DOUBT))], dtype=SWEEP)


def _room(line: Line, patterns: bool) -> list[np.ndarray]:
    """What a sweep works with, in the kernel's order."""
    n_weights, n_maps, n_points, n_marks, largest = line.sizes
    widest = max(line.widths) + 2 * LANES
    points = np.zeros(n_points, dtype=POINT)
    points["x"][:2], points["grain"][:2], points["exact"][0] = line.limits, line.layers["grain"][0], 1  # of layer 1
    return [
        np.empty(n_marks * patterns, dtype=bool), copied(line.layers), on_lines(n_weights), on_lines(n_maps),
        points, np.empty(largest, dtype=POINT), np.zeros((4, 3 * widest)), np.empty((4, widest), dtype=np.int64),
        np.empty(3 * AT_ONCE * widest),
    ]  # fmt: skip
