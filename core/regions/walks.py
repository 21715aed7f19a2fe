"""One walk through the cells of a network of two inputs, in front of the kernels: the room it needs, what it met."""

from typing import Any, NamedTuple

import numpy as np

from core.kernels.plane import cells as kernel
from core.kernels.plane import facets as neighbours
from core.kernels.plane import records as reasons
from core.kernels.plane.nets import LANES
from core.kernels.plane.polygons import tag_of
from core.kernels.plane.records import CUT, FACET, FRAME, LINE, NET, VERTEX, WALK, Edges, Kept, Stacks, Tasks, Work
from core.regions.layers import DOUBT, SURE, Layers

STEP = 1 << 14  # halves between two returns to Python, where a key press is heard
SYMBOLS = 256  # that there is room for before more is made
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
    return Tasks(box, np.array([0, 4]), np.zeros((1, 0), dtype=bool), np.zeros(1, dtype=np.int64), np.zeros(1))


class Walk:
    """A walk through some tasks, and what it has met."""

    def __init__(self, layers: Layers, tasks: Tasks, axes: np.ndarray, asked: Asked):
        self.layers, self.tasks, self.asked = layers, tasks, asked
        self.plan = layers.plan._replace(loud=layers.plan.loud & (not asked.neighbours))
        self.record, self.kept = _record(layers, len(axes), asked), _kept(layers, asked)
        self.stacks, self.work = _stacks(layers), _work(layers)
        cuts = np.full(1 + len(axes) + layers.hidden, neighbours.NONE, dtype=CUT)
        cuts["axis"][1 : 1 + len(axes)] = axes
        self.edges = Edges(cuts, *(np.empty(0, dtype=kind) for kind in (FACET, np.int64, np.int64)))
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
            self.plan, self.record, self.stacks, self.work, self.edges, self.tasks, self.kept, self.asked.neighbours,
            STEP,
        )  # fmt: skip
        if state in (reasons.KEPT_FULL, reasons.DONE):
            self._empty_kept()
        if state in (reasons.PAIRS_FULL, reasons.DONE):
            self._empty_pairs()
        if state == reasons.FACETS_FULL:
            self._make_room_for_facets(len(self.edges.facets))
        if state == reasons.STACK_FULL:
            self.stacks = _doubled(self.stacks, "frames", "polygons", "units", "nets")
        if state == reasons.NET_FULL:
            self.stacks = _doubled(self.stacks, "numbers", "columns")
        if state == reasons.FORMS_FULL:
            self.work = _doubled(self.work, "forms", "shares")
        return state != reasons.DONE

    def finish(self, others: list["Walk"]) -> None:
        """Closes the cuts between the tasks, with what other walks have met along them."""
        for other in others:
            self._make_room_for_facets(max(0, len(other.edges.facets) - int(self.record["room"][0])))
            neighbours.absorb(self.record, self.edges, other.edges)
        neighbours.close_all(self.record, self.edges, self.asked.neighbours)
        self._empty_pairs()

    def _make_room_for_facets(self, n: int) -> None:
        """n more free facets, and room for as many pairs as there are facets and more."""
        before = len(self.edges.facets)
        facets = np.concatenate([self.edges.facets, np.empty(n, dtype=FACET)])
        facets["following"][before:] = np.arange(before + 1, before + n + 1)
        if n > 0:
            facets["following"][-1] = self.record["free"][0]
            self.record["free"] = before
        self.record["room"] += n
        if before > 0:
            self._empty_pairs()
        order, pairs = np.empty(before + n, dtype=np.int64), np.empty((2 * (before + n), 3), dtype=np.int64)
        self.edges = self.edges._replace(facets=facets, order=order, pairs=pairs)

    def _empty_pairs(self) -> None:
        n = self.record["pairs"][0]
        self.pairs_met.append(self.edges.pairs[:n].copy())
        self.record["pairs"] = 0

    def _empty_kept(self) -> None:
        n, n_points = self.record["kept"][0], self.record["points"][0]
        for name in PARTS:
            self.parts[name].append(getattr(self.kept, name)[: n_points if name == "polygons" else n].copy())
        self.record["kept"] = self.record["points"] = 0


def _doubled(arrays: Any, *names: str) -> Any:
    """The named tuple with those arrays twice as long."""
    longer = {name: np.concatenate([array, np.empty_like(array)]) for name, array in arrays._asdict().items()
              if name in names}  # fmt: skip
    return arrays._replace(**longer)


def _record(layers: Layers, known: int, asked: Asked) -> np.ndarray:
    """Where a walk begins."""
    record = np.zeros(1, dtype=WALK)
    record["depth"], record["cuts"], record["before"] = len(layers.widths) - 1, 1 + known, -1
    record["outputs"] = layers.widths[-1] if asked.maps else 1
    record["widest"] = np.diff(layers.columns).max() + LANES
    record["reach_x"], record["reach_y"] = np.abs(layers.limits).max(axis=1)
    record["side_x"], record["side_y"] = np.diff(layers.limits)[:, 0]
    record["snap"], record["doubt"] = layers.snap, max(layers.snap, DOUBT)
    record["sure"] = max(SURE, 4 * layers.snap)
    return record


def _stacks(layers: Layers) -> Stacks:
    """Room for the walk, and net 0."""
    depth, p, n = len(layers.widths) - 1, layers.columns[-1], 64 + 4 * layers.hidden
    frames, nets = np.empty(n, dtype=FRAME), np.zeros(8, dtype=NET)
    net = nets[:1]
    net["units"] = net["padded"] = p
    net["sound"], net["rows"], net["end"] = depth + 2, 2 * depth + 3, 2 * depth + 3 + p
    columns = np.zeros(8 * (2 * depth + 3 + p), dtype=np.int64)
    columns[: depth + 2] = layers.columns
    columns[depth + 2 : 2 * depth + 3] = 1
    columns[net["rows"][0] : net["end"][0]] = _rows(layers)
    numbers = np.empty(128 * (p + 32) + 2 * min(layers.hidden, SYMBOLS) ** 2)
    numbers[: 4 * p] = layers.maps.ravel()
    return Stacks(frames, np.empty(16 * n, dtype=VERTEX), np.empty(n + 8 * p, dtype=np.int64), nets, numbers, columns)


def _rows(layers: Layers) -> np.ndarray:
    """The unit of each column of net 0: its place among all, or the last place where there is none."""
    rows = np.full(layers.columns[-1], layers.hidden + 2)
    for l, layer in enumerate(layers.plan.layers[1:-1], start=1):
        rows[layers.columns[l] : layers.columns[l] + layer["width"]] = layer["row"] + np.arange(layer["width"])
    return np.minimum(rows, layers.hidden + 2)


def _work(layers: Layers) -> Work:
    """Room for what is written and read again at once."""
    widest, n = int(np.diff(layers.columns).max()) + LANES, layers.columns[-1]
    components = 8 + min(layers.hidden, SYMBOLS)
    lines = np.zeros(layers.hidden + 4, dtype=LINE)
    first = lines[2 : 2 + layers.widths[1]]
    first["place"], first["padded"] = np.arange(layers.widths[1]), n
    return Work(
        on=np.zeros(layers.hidden + 4, dtype=bool), lines=lines, exact=np.ones(len(layers.widths), dtype=np.int64),
        shares=np.empty(components * widest),
        bounds=np.empty(4 * widest), corners=np.empty(4 * layers.hidden + 32),  # two for each vertex of a polygon
        adding=np.empty(n + widest, dtype=np.int64), gains=np.empty(n + widest), forms=np.empty(components * n),
        ranges=np.empty(3 * n), symbols=np.empty(n, dtype=np.int64),
    )  # fmt: skip


def _kept(layers: Layers, asked: Asked) -> Kept:
    cells, n_outputs = ROOM if asked.polygons else 0, layers.widths[-1] - 1
    return Kept(
        np.empty(cells and 8 * cells + layers.hidden + 8, dtype=VERTEX), np.empty(cells, dtype=np.int64),
        np.empty((cells, layers.hidden if asked.patterns else 0), dtype=bool),
        np.empty((cells, 3, n_outputs if asked.maps else 0)),
    )  # fmt: skip
