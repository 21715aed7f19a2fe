"""The pieces of a network of one input, from left to right, in front of the kernel."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.kernels.line.maps import WIDTH
from core.kernels.line.records import POINT, SPAN, SWEEP
from core.kernels.line.sweep import sweep_on
from core.regions.layers import DOUBT, Layers
from core.regions.terms import Terms

STEP = 1 << 11  # pieces between two returns to Python, where a key press is heard


class Line(NamedTuple):
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


def line(layers: Layers, terms: Terms, parts: Sequence[str] = ()) -> Line:
    """The pieces of a network on an interval. Raises ValueError where there are more than max_regions."""
    sweep, room = _start(layers), _room(layers)
    batch = {
        "left": np.empty(STEP), "region": np.empty(STEP, dtype=np.int64),
        "on": np.empty((STEP, layers.hidden * ("on" in parts)), dtype=bool),
        "maps": np.empty((STEP, 2, layers.plan["width"][-1] * ("maps" in parts))),
    }  # fmt: skip
    kept: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    n = STEP
    while n == STEP:
        n = sweep_on(sweep, layers.W, layers.b, *room, *batch.values())
        for name in parts:
            kept[name].append(batch[name][:n].copy())
        terms.look(int(sweep["pieces"][0]))
    found = {name: np.concatenate(pieces) for name, pieces in kept.items()}
    return Line(int(sweep["pieces"][0]), int(sweep["linear"][0]), not sweep["doubtful"][0], found)


def _start(layers: Layers) -> np.ndarray:
    """Where a sweep begins."""
    sweep = np.zeros(1, dtype=SWEEP)
    sweep["reach"] = np.abs(layers.limits).max()
    sweep["snap"], sweep["doubt"] = layers.snap, max(layers.snap, DOUBT)
    return sweep


def _room(layers: Layers) -> list[np.ndarray]:
    """What a sweep works with, in the kernel's order. The left limit is the point of layer 0, the right its end."""
    depth, units, widest = len(layers.plan), layers.hidden + 1, int(layers.plan["padded"].max())
    spans, points, ends = np.zeros(depth, dtype=SPAN), np.zeros(units, dtype=POINT), np.zeros(depth, dtype=POINT)
    spans["points"][0] = 1
    points["x"][0], ends["x"][0] = layers.limits[0]
    return [
        layers.plan.copy(), spans, np.empty(layers.n_slots), np.empty(units, dtype=bool), points, ends,
        np.empty(1, dtype=POINT), np.empty(2 * widest + 2 * WIDTH), np.empty(widest + 1, dtype=np.int64),
        np.empty(3 * widest), np.empty(widest + 1, dtype=np.int64), np.empty(3 * widest), np.zeros(3 * widest),
    ]  # fmt: skip
