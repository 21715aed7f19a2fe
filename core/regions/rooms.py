"""The room in which cells of networks of two inputs are walked through: made once for a shape, and used again.

To make the arrays takes as long as to count some hundred cells, and memory that is new has to be fetched page by page.
"""

from threading import Lock
from typing import Any, ClassVar, NamedTuple

import numpy as np

from core.kernels.bundles import on_lines, table_of
from core.kernels.plane import records as reasons
from core.kernels.plane.chords import MOST
from core.kernels.plane.furnish import furnish
from core.kernels.plane.nets import LANES
from core.kernels.plane.records import (
    END,
    FACET,
    FRAME,
    LINE,
    NET,
    SIDE,
    SUM,
    VERTEX,
    WALK,
    Edges,
    Kept,
    Plan,
    Stacks,
    Tasks,
    Work,
)
from core.regions.layers import Layers, Shape
from core.streams import stream

#: That there is room for before more is made: what is never written to costs nothing, what is moved twice its size.
SYMBOLS, FACETS = 512, 1 << 13
CELLS = 4096  # that are kept before they are taken away
UNUSED = 1 << 27  # bytes, at most, of rooms that no walk is in


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


class Room:
    """The arrays of a walk through a network of some shape."""

    unused: ClassVar[list["Room"]] = []  # the one that was left last is the last
    lock: ClassVar = Lock()

    def __init__(self, shape: Shape, asked: Asked) -> None:
        self.widths, self.asked = shape.widths, asked
        self.record = _record(shape, asked)
        n_cuts = 1 + 2 * shape.hidden  # between tasks, and of units
        sides, axes = np.empty(2 * n_cuts, dtype=SIDE), np.empty(n_cuts, dtype=np.int64)
        self.edges = Edges(sides, axes, *_room_for(on_lines(FACETS, FACET)))
        self.stacks, self.work, self.kept, self.plan = _stacks(shape), _work(shape), _kept(shape, asked), _plan(shape)
        self.whole = Tasks(
            np.empty(4, dtype=VERTEX), np.array([0, 4]), np.zeros((1, 0), dtype=bool), np.zeros(1, dtype=np.int64),
            np.zeros(1),
        )  # fmt: skip
        self.tabulate()

    @classmethod
    def of(cls, shape: Shape, asked: Asked) -> "Room":
        """A room that no walk is in."""
        with cls.lock:
            for i in reversed(range(len(cls.unused))):
                if (cls.unused[i].widths, cls.unused[i].asked) == (shape.widths, asked):
                    return cls.unused.pop(i)
        return cls(shape, asked)

    def leave(self) -> None:
        """Keeps it for another walk, and of those that are kept as many as have room, the last ones."""
        if self.bytes > UNUSED:
            return
        with self.lock:
            self.unused.append(self)
            while sum(room.bytes for room in self.unused) > UNUSED:
                self.unused.pop(0)

    def furnish(self, layers: Layers, axes: np.ndarray) -> None:
        """The network moves in, and a walk begins; `axes`: of the cuts between its tasks."""
        furnish(self.record, *layers[1:], axes, self.asked.neighbours, self.table)

    def tabulate(self) -> None:
        """The table by which kernels find the arrays, made anew where one of them was replaced."""
        tuples = self.edges, self.stacks, self.work, self.kept, self.plan, self.whole
        self.table, self.bytes = table_of(*tuples), sum(array.nbytes for arrays in tuples for array in arrays)

    def double(self, reason: int) -> None:
        """Twice as much of what a walk has stopped for."""
        if reason == reasons.STACK_FULL:
            self.stacks = _doubled(self.stacks, "frames", "polygons", "units", "nets")
        if reason == reasons.NET_FULL:
            self.stacks = _doubled(self.stacks, "numbers", "columns")
        if reason == reasons.FORMS_FULL:
            self.work = _doubled(self.work, "forms", "shares")
        self.tabulate()

    def add_facets(self, n: int) -> None:
        """n more facets, and room for as many pairs as there are facets and more; none is kept."""
        self.edges = Edges(*self.edges[:2], *_room_for(_longer(self.edges.facets, len(self.edges.facets) + n)))
        self.tabulate()


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


def _stacks(shape: Shape) -> Stacks:
    """Room for the walk, and net 0."""
    depth, p, n = len(shape.records) - 1, shape.columns[-1], 64 + 4 * shape.hidden
    frames, nets = np.empty(n, dtype=FRAME), np.zeros(8, dtype=NET)
    net = nets[:1]
    net["units"] = net["padded"] = p
    net["sound"], net["rows"], net["end"] = depth + 2, 2 * depth + 3, 2 * depth + 3 + p
    columns = np.zeros(8 * (2 * depth + 3 + p), dtype=np.int64)
    columns[: depth + 2] = shape.columns
    columns[depth + 2 : 2 * depth + 3] = 1
    columns[2 * depth + 3 : 2 * depth + 3 + p] = _rows(shape)
    numbers = on_lines(512 * (p + 32) + 4 * min(shape.hidden, SYMBOLS) ** 2)
    return Stacks(frames, np.empty(16 * n, dtype=VERTEX), np.empty(n + 8 * p, dtype=np.int64), nets, numbers, columns)


def _rows(shape: Shape) -> np.ndarray:
    """The unit of each column of net 0: its place among all, or the last place where there is none."""
    rows, row = np.full(shape.columns[-1], shape.hidden + 2), 2
    for start, width in zip(shape.columns[1:], shape.widths[1:-1], strict=False):
        rows[start : start + width] = np.arange(row, row + width)
        row += width
    return rows


def _plan(shape: Shape) -> Plan:
    """A network without weights: where blocks are filled up, zeros stay."""
    W = on_lines(shape.n_weights)
    W[:] = 0
    readout = stream(0, "read-out").uniform(1, 2, shape.widths[-1])  # generic
    widths = shape.records["width"]
    return Plan(shape.records.copy(), W, np.empty(widths[-2], dtype=bool), np.empty(widths[1]), readout)


def _record(shape: Shape, asked: Asked) -> np.ndarray:
    """What is the same for all walks."""
    record = np.zeros(1, dtype=WALK)
    record["depth"], record["widest"], record["noted"] = len(shape.records) - 1, shape.widest, asked.patterns
    record["outputs"] = shape.widths[-1] + 1 if asked.maps else 1
    return record


def _work(shape: Shape) -> Work:
    """Room for what is written and read again at once."""
    widest, n, hidden = shape.widest, shape.columns[-1], shape.hidden
    components = 8 + min(hidden, SYMBOLS)
    return Work(
        on=np.empty(hidden + 4, dtype=bool), lines=np.empty(hidden + 4, dtype=LINE),
        exact=np.empty(len(shape.records), dtype=np.int64), shares=on_lines(components * widest),
        bounds=np.empty(4 * widest), corners=np.empty(4 * hidden + 32),  # two for each vertex of a polygon
        adding=np.empty(n + widest, dtype=np.int64), gains=np.empty(n + widest), forms=on_lines(components * n),
        ranges=np.empty(3 * n), symbols=np.empty(n + LANES, dtype=np.int64),
        ends=np.empty(2 * MOST + hidden + 8, dtype=END), order=np.empty(2 * MOST + 1, dtype=np.int64),
        sums=np.empty(MOST, dtype=SUM),
        signs=np.empty(hidden + 9, dtype=np.int64), waits=np.empty(hidden + 8, dtype=bool), steps=np.empty(MOST),
        found=np.empty(LANES), factors=np.zeros(n + LANES),
    )  # fmt: skip


def _kept(shape: Shape, asked: Asked) -> Kept:
    cells, n_outputs = CELLS * asked.cells, shape.widths[-1]
    return Kept(
        np.empty(cells and 8 * cells + shape.hidden + 8, dtype=VERTEX), np.empty(cells, dtype=np.int64),
        np.empty((cells, shape.hidden if asked.patterns else 0), dtype=bool),
        np.empty((cells, 3, n_outputs if asked.maps else 0)),
    )  # fmt: skip
