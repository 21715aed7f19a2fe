"""One walk through the cells of a network of two inputs, in front of the kernels: the room it needs, what it met."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from core.kernels.bundles import on_lines, table_of
from core.kernels.plane import cells as kernel
from core.kernels.plane import facets as neighbours
from core.kernels.plane import records as reasons
from core.kernels.plane.chords import MOST
from core.kernels.plane.nets import LANES
from core.kernels.plane.polygons import tag_of
from core.kernels.plane.records import (
    CUT,
    END,
    FACET,
    FRAME,
    LINE,
    NET,
    SUM,
    VERTEX,
    WALK,
    Edges,
    Kept,
    Stacks,
    Tasks,
    Work,
)
from core.kernels.rounding import DOUBT
from core.regions.layers import SURE, Layers

STEP = 1 << 14  # halves between two returns to Python, where a key press is heard
#: That there is room for before more is made: what is never written to costs nothing, what is moved twice its size.
SYMBOLS, FACETS = 512, 1 << 13
ROOM = 4096  # cells that are kept between two returns
PARTS = ("points", "tags", "sizes", "on", "maps")


class Asked(NamedTuple):
    """What is kept of each cell, besides their number; `neighbours`: every pair, not only those of one map."""

    points: bool = False
    tags: bool = False
    patterns: bool = False
    maps: bool = False
    neighbours: bool = False

    @property
    def cells(self) -> bool:
        """Whether anything is kept of each."""
        return self.points or self.tags or self.patterns or self.maps


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
        cuts = np.zeros(1 + len(axes) + layers.hidden, dtype=CUT)
        cuts["axis"][1 : 1 + len(axes)] = axes
        self.edges = Edges(cuts, *_room_for(on_lines(FACETS, FACET)))
        self.record["unused"], self.record["room"] = 1, FACETS - 1
        self.tabulate()
        self.parts: dict[str, list[np.ndarray]] = {name: [] for name in PARTS}
        self._empty_kept()
        self.pairs_met: list[np.ndarray] = []
        self.done: list[int] = []  # tasks, in the order in which they were begun

    def begin(self, first: int, end: int) -> None:
        """The tasks to be done next."""
        self.done.extend(range(first, end))
        self.record["task"], self.record["end"], self.record["before"] = first, end, -1

    def go_on(self) -> bool:
        """Whether there is more to do after STEP halves, or after room was made."""
        state = kernel.walk_on(self.record, self.table, self.asked.neighbours, STEP)
        if state in (reasons.KEPT_FULL, reasons.DONE) and self.asked.cells:
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
        if state in (reasons.FACETS_FULL, reasons.STACK_FULL, reasons.NET_FULL, reasons.FORMS_FULL):
            self.tabulate()
        return state != reasons.DONE

    def finish(self, others: list["Walk"]) -> None:
        """Closes the cuts between the tasks, with what other walks have met along them."""
        for other in others:
            self._make_room_for_facets(max(0, len(other.edges.facets) - int(self.record["room"][0])))
            neighbours.absorb(self.record, table_of(self.edges, other.edges))
        if len(self.tasks.counts) > 1:
            neighbours.close_all(self.record, table_of(self.edges), self.asked.neighbours)
            self._empty_pairs()

    def tabulate(self) -> None:
        """The table by which kernels find the arrays, made anew where one of them was replaced."""
        self.table = table_of(self.plan, self.stacks, self.work, self.edges, self.tasks, self.kept)

    def _make_room_for_facets(self, n: int) -> None:
        """n more free facets, and room for as many pairs as there are facets and more."""
        self._empty_pairs()
        self.edges = Edges(self.edges.cuts, *_room_for(_longer(self.edges.facets, len(self.edges.facets) + n)))
        self.record["room"] += n

    def _empty_pairs(self) -> None:
        if n := int(self.record["pairs"][0]):
            self.pairs_met.append(self.edges.pairs[:n].copy())
            self.record["pairs"] = 0

    def _empty_kept(self) -> None:
        n, n_vertices = self.record["kept"][0], self.record["points"][0]
        vertices = self.kept.polygons[:n_vertices]
        points = vertices.view(np.float64).reshape(-1, 3)[:, 1:]  # behind the tag
        self.parts["points"].append(points[: n_vertices * self.asked.points].copy())
        self.parts["tags"].append(vertices["tag"][: n_vertices * self.asked.tags].copy())
        for name in ("sizes", "on", "maps"):
            self.parts[name].append(getattr(self.kept, name)[:n].copy())
        self.record["kept"] = self.record["points"] = 0


def _room_for(facets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The facets, room to sort and to compare them, and for as many pairs as there are and more."""
    n = len(facets)
    return facets, np.empty(n, dtype=np.int64), np.empty(2 * n + 4 * LANES), np.empty((2 * n, 3), dtype=np.int64)


def _doubled(arrays: Any, *names: str) -> Any:
    """The named tuple with those arrays twice as long."""
    return arrays._replace(**{name: _longer(getattr(arrays, name), 2 * len(getattr(arrays, name))) for name in names})


def _longer(array: np.ndarray, n: int) -> np.ndarray:
    """The array with room for n entries: memory that nobody has written to is not touched."""
    longer = on_lines(n, array.dtype)
    longer[: len(array)] = array
    return longer


def _record(layers: Layers, known: int, asked: Asked) -> np.ndarray:
    """Where a walk begins."""
    (x0, x1), (y0, y1) = layers.limits.tolist()
    values = {
        "depth": len(layers.columns) - 2, "outputs": layers.widths[-1] if asked.maps else 1,
        "widest": _widest(layers), "noted": asked.patterns, "cuts": 1 + known, "before": -1,
        "reach_x": max(abs(x0), abs(x1)), "reach_y": max(abs(y0), abs(y1)), "side_x": x1 - x0, "side_y": y1 - y0,
        "snap": layers.snap, "doubt": max(layers.snap, DOUBT), "sure": max(SURE, 4 * layers.snap),
    }  # fmt: skip
    return np.array([tuple(values.get(name, 0) for name in WALK.names or ())], dtype=WALK)


def _widest(layers: Layers) -> int:
    """The most columns that a layer has, and a block more."""
    return max(end - start for start, end in pairwise(layers.columns)) + LANES


def _stacks(layers: Layers) -> Stacks:
    """Room for the walk, and net 0."""
    depth, p, n = len(layers.columns) - 2, layers.columns[-1], 64 + 4 * layers.hidden
    frames, nets = np.empty(n, dtype=FRAME), np.zeros(8, dtype=NET)
    net = nets[:1]
    net["units"] = net["padded"] = p
    net["sound"], net["rows"], net["end"] = depth + 2, 2 * depth + 3, 2 * depth + 3 + p
    columns = np.zeros(8 * (2 * depth + 3 + p), dtype=np.int64)
    columns[: depth + 2] = layers.columns
    columns[depth + 2 : 2 * depth + 3] = 1
    columns[net["rows"][0] : net["end"][0]] = _rows(layers)
    numbers = on_lines(512 * (p + 32) + 4 * min(layers.hidden, SYMBOLS) ** 2)
    numbers[: 4 * p] = layers.maps.ravel()
    return Stacks(frames, np.empty(16 * n, dtype=VERTEX), np.empty(n + 8 * p, dtype=np.int64), nets, numbers, columns)


def _rows(layers: Layers) -> np.ndarray:
    """The unit of each column of net 0: its place among all, or the last place where there is none."""
    rows, row = np.full(layers.columns[-1], layers.hidden + 2), 2
    for start, width in zip(layers.columns[1:], layers.widths[1:-1].tolist(), strict=False):
        rows[start : start + width] = np.arange(row, row + width)
        row += width
    return np.minimum(rows, layers.hidden + 2)


def _work(layers: Layers) -> Work:
    """Room for what is written and read again at once."""
    widest, n = _widest(layers), layers.columns[-1]
    components = 8 + min(layers.hidden, SYMBOLS)
    lines = np.zeros(layers.hidden + 4, dtype=LINE)
    first = lines[2 : 2 + layers.widths[1]]
    first["place"], first["padded"] = np.arange(layers.widths[1]), n
    return Work(
        on=np.zeros(layers.hidden + 4, dtype=bool), lines=lines, exact=np.ones(len(layers.widths), dtype=np.int64),
        shares=on_lines(components * widest),
        bounds=np.empty(4 * widest), corners=np.empty(4 * layers.hidden + 32),  # two for each vertex of a polygon
        adding=np.empty(n + widest, dtype=np.int64), gains=np.empty(n + widest), forms=on_lines(components * n),
        ranges=np.empty(3 * n), symbols=np.empty(n + LANES, dtype=np.int64),
        ends=np.empty(2 * MOST + layers.hidden + 8, dtype=END), order=np.empty(2 * MOST, dtype=np.int64),
        sums=np.empty(1 + MOST, dtype=SUM),
    )  # fmt: skip


def _kept(layers: Layers, asked: Asked) -> Kept:
    cells, n_outputs = ROOM * asked.cells, layers.widths[-1] - 1
    return Kept(
        np.empty(cells and 8 * cells + layers.hidden + 8, dtype=VERTEX), np.empty(cells, dtype=np.int64),
        np.empty((cells, layers.hidden if asked.patterns else 0), dtype=bool),
        np.empty((cells, 3, n_outputs if asked.maps else 0)),
    )  # fmt: skip
