"""One walk through the cells of a network of two inputs, in front of the kernels: the room it needs, what it met."""

from typing import NamedTuple

import numpy as np

from core.kernels.plane import cells as kernel
from core.kernels.plane import facets as neighbours
from core.kernels.plane.maps import BIAS, WIDTH
from core.kernels.plane.polygons import tag_of
from core.kernels.plane.records import CUT, FACET, FRAME, VERTEX, WALK, Kept, Tasks
from core.regions.layers import DOUBT, Layers

STEP = 1 << 14  # halves between two returns to Python, where a key press is heard
ROOM = 4096  # cells that are kept between two returns
PARTS = ("polygons", "sizes", "on", "maps")


class Asked(NamedTuple):
    """What is kept of each cell, besides their number; `neighbours`: every pair, not only those of one map."""

    polygons: bool = False
    patterns: bool = False
    maps: bool = False
    neighbours: bool = False


def whole(limits: np.ndarray) -> Tasks:
    """One task: the box."""
    (x0, x1), (y0, y1) = limits
    box = np.empty(4, dtype=VERTEX)
    box["x"], box["y"] = (x0, x1, x1, x0), (y0, y0, y1, y1)
    box["tag"] = (tag_of(0, 1, 0), tag_of(0, 0, 1)) * 2
    return Tasks(box, np.array([0, 4]), np.zeros((1, 0), dtype=bool), np.zeros(1, dtype=np.int64))


class Walk:
    """A walk through some tasks, and what it has met."""

    def __init__(self, layers: Layers, tasks: Tasks, axes: np.ndarray, asked: Asked):
        self.layers, self.tasks, self.asked = layers, tasks, asked
        self.plan, self.z, self.kept = layers.plan.copy(), _maps(layers), _kept(layers, asked)
        self.loud = layers.loud & (not asked.neighbours)
        self.on = np.zeros(layers.hidden + 2, dtype=bool)
        self.record = _record(layers, len(axes))
        widest, n = int(layers.plan["padded"].max()) + 1, 64 + 4 * layers.hidden
        self.shares, self.bounds = np.empty(4 * widest), np.empty(2 * widest + 2 * WIDTH)
        self.adding = np.empty(widest, dtype=np.int64)
        self.values = np.empty(2 * layers.hidden + 32)  # two for a vertex; a cut adds one vertex at most
        self.frames, self.pool = np.empty(n, dtype=FRAME), np.empty(16 * n, dtype=VERTEX)
        self.units = np.empty(n + 8 * widest, dtype=np.int64)
        self.cuts = np.full(1 + len(axes) + layers.hidden, neighbours.NONE, dtype=CUT)
        self.cuts["axis"][1 : 1 + len(axes)] = axes
        self.facets = np.empty(0, dtype=FACET)
        self._make_room_for_facets(1024)
        self.parts: dict[str, list[np.ndarray]] = {name: [] for name in PARTS}
        self.pairs_met: list[np.ndarray] = []
        self.done: list[int] = []  # tasks, in the order in which they were begun

    def begin(self, first: int, end: int) -> None:
        """The tasks to be done next."""
        self.done.extend(range(first, end))
        self.record["task"], self.record["end"], self.record["before"] = first, end, -1

    def go_on(self) -> bool:
        """Whether there is more to do after STEP halves, or after room was made."""
        state = kernel.walk_on(
            self.plan, self.layers.W, self.z, self.on, self.loud, self.layers.readout, self.record, self.shares,
            self.bounds, self.adding, self.values, self.frames, self.pool, self.units, self.cuts, self.facets,
            self.order, self.pairs, self.tasks, self.kept, self.asked.neighbours, STEP,
        )  # fmt: skip
        if state in (kernel.KEPT_FULL, kernel.DONE):
            self._empty_kept()
        if state in (kernel.PAIRS_FULL, kernel.DONE):
            self._empty_pairs()
        if state == kernel.FACETS_FULL:
            self._make_room_for_facets(len(self.facets))
        if state == kernel.STACK_FULL:
            self.frames, self.pool, self.units = _doubled(self.frames), _doubled(self.pool), _doubled(self.units)
        return state != kernel.DONE

    def finish(self, others: list["Walk"]) -> None:
        """Closes the cuts between the tasks, with what other walks have met along them."""
        for other in others:
            self._make_room_for_facets(max(0, len(other.facets) - int(self.record["room"][0])))
            neighbours.absorb(self.record, self.cuts, self.facets, other.cuts, other.facets)
        neighbours.close_all(self.record, self.cuts, self.facets, self.order, self.pairs, self.asked.neighbours)
        self._empty_pairs()

    def _make_room_for_facets(self, n: int) -> None:
        """n more free facets, and room for as many pairs as there are facets and more."""
        before = len(self.facets)
        self.facets = np.concatenate([self.facets, np.empty(n, dtype=FACET)])
        self.facets["following"][before:] = np.arange(before + 1, before + n + 1)
        if n > 0:
            self.facets["following"][-1] = self.record["free"][0]
            self.record["free"] = before
        self.record["room"] += n
        self.order = np.empty(before + n, dtype=np.int64)
        if before > 0:
            self._empty_pairs()
        self.pairs = np.empty((2 * (before + n), 3), dtype=np.int64)

    def _empty_pairs(self) -> None:
        n = self.record["pairs"][0]
        self.pairs_met.append(self.pairs[:n].copy())
        self.record["pairs"] = 0

    def _empty_kept(self) -> None:
        n, n_points = self.record["kept"][0], self.record["points"][0]
        for name in PARTS:
            self.parts[name].append(getattr(self.kept, name)[: n_points if name == "polygons" else n].copy())
        self.record["kept"] = self.record["points"] = 0


def _doubled(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, np.empty_like(array)])


def _record(layers: Layers, known: int) -> np.ndarray:
    """Where a walk begins."""
    record = np.zeros(1, dtype=WALK)
    record["depth"], record["cuts"], record["before"] = len(layers.plan) - 1, 1 + known, -1
    record["reach_x"], record["reach_y"] = np.abs(layers.limits).max(axis=1)
    record["side_x"], record["side_y"] = np.diff(layers.limits)[:, 0]
    record["snap"], record["doubt"] = layers.snap, max(layers.snap, DOUBT)
    return record


def _maps(layers: Layers) -> np.ndarray:
    """Room for the maps; those of the inputs and the biases are there."""
    z, start = np.empty(layers.n_slots), 0
    for l, layer in enumerate(layers.plan):
        p, q = layer["padded"], layer["width"]
        slot = z[layer["first"] + 4 * BIAS * p * (l > 0) :][: 4 * p].reshape(4, p)
        slot[:] = 0
        if l == 0:
            slot[[0, 1], [0, 1]] = 1
            continue
        slot[2, :q] = layers.b[start : start + q]
        slot[3] = abs(slot[2])
        start += q
    return z


def _kept(layers: Layers, asked: Asked) -> Kept:
    cells, n_outputs = ROOM if asked.polygons else 0, layers.plan["width"][-1]
    return Kept(
        np.empty(cells and 8 * cells + layers.hidden + 8, dtype=VERTEX), np.empty(cells, dtype=np.int64),
        np.empty((cells, layers.hidden if asked.patterns else 0), dtype=bool),
        np.empty((cells, 3, n_outputs if asked.maps else 0)),
    )  # fmt: skip
