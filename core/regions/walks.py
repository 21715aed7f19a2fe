"""One walk through the cells of a network of two inputs, in front of the kernels, and what it met."""

import numpy as np

from core.kernels.bundles import table_of
from core.kernels.plane import cells as kernel
from core.kernels.plane import facets as neighbours
from core.kernels.plane import records as reasons
from core.kernels.plane.records import Tasks
from core.regions.layers import Layers
from core.regions.rooms import Asked, Room

STEP = 1 << 14  # halves between two returns to Python, where a key press is heard
PARTS = ("points", "tags", "sizes", "on", "maps")


class Walk:
    """A walk through some tasks, or through the whole box, and what it has met."""

    def __init__(self, layers: Layers, tasks: Tasks | None, axes: np.ndarray, asked: Asked):
        self.asked, self.room = asked, Room.of(layers.shape, asked)
        self.room.furnish(layers, axes)
        self.record, self.tasks = self.room.record, tasks or self.room.whole
        self.tabulate()
        self.parts: dict[str, list[np.ndarray]] = {name: [] for name in PARTS}
        self.pairs_met: list[np.ndarray] = []
        self.done: list[int] = []  # tasks, in the order in which they were begun

    def begin(self, first: int, end: int) -> None:
        """The tasks to be done next."""
        self.done.extend(range(first, end))
        self.record["task"], self.record["end"] = first, end

    def go_on(self) -> bool:
        """Whether there is more to do after STEP halves, or after room was made."""
        state = kernel.walk_on(self.record, self.table, self.asked.neighbours, STEP)
        if state in (reasons.KEPT_FULL, reasons.DONE) and self.asked.cells:
            self._empty_kept()
        if state in (reasons.PAIRS_FULL, reasons.DONE):
            self._empty_pairs()
        if state == reasons.FACETS_FULL:
            self._add_facets(len(self.room.edges.facets))
        if state in (reasons.STACK_FULL, reasons.NET_FULL, reasons.FORMS_FULL):
            self.room.double(state)
            self.tabulate()
        return state != reasons.DONE

    def finish(self, others: list["Walk"]) -> None:
        """Closes the cuts between the tasks, with what other walks have met along them."""
        for other in others:
            if (missing := other.waiting - int(self.record["spare"][0])) > 0:
                self._add_facets(missing)
            neighbours.absorb(self.record, table_of(self.room.edges, other.room.edges))
        if len(self.tasks.counts) > 1:
            neighbours.close_all(self.record, self.table, self.asked.neighbours)
            self._empty_pairs()

    @property
    def waiting(self) -> int:
        """How many facets wait for their neighbours."""
        return len(self.room.edges.facets) - 1 - int(self.record["spare"][0])

    def tabulate(self) -> None:
        """The table by which kernels find the arrays, made anew where one of them was replaced."""
        self.table = self.room.table
        if self.tasks is not self.room.whole:
            own = table_of(self.tasks)
            self.table = np.concatenate([self.table[: -len(own)], own])

    def _add_facets(self, n: int) -> None:
        """n more free facets."""
        self._empty_pairs()
        self.room.add_facets(n)
        self.record["spare"] += n
        self.tabulate()

    def _empty_pairs(self) -> None:
        if n := int(self.record["pairs"][0]):
            self.pairs_met.append(self.room.edges.pairs[:n].copy())
            self.record["pairs"] = 0

    def _empty_kept(self) -> None:
        n, n_vertices = self.record["kept"][0], self.record["points"][0]
        vertices = self.room.kept.polygons[:n_vertices]
        points = vertices.view(np.float64).reshape(-1, 3)[:, 1:]  # behind the tag
        self.parts["points"].append(points[: n_vertices * self.asked.points].copy())
        self.parts["tags"].append(vertices["tag"][: n_vertices * self.asked.tags].copy())
        for name in ("sizes", "on", "maps"):
            self.parts[name].append(getattr(self.room.kept, name)[:n].copy())
        self.record["kept"] = self.record["points"] = 0
