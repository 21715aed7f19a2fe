"""The cells themselves: pieces of a line, polygons of a plane, and on request what the network does on each.

Only the outlines are kept, some 80 bytes a polygon. Patterns, maps and neighbours are found again, by the same walk in
the same order, when they are first asked for; `cell` walks a part of the box only.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.plane.polygons import ROWS
from core.network import Network
from core.regions.cells import areas, cells, one_cell
from core.regions.layers import SNAP, Layers, layers_of
from core.regions.lines import Line, line_of, sweep
from core.regions.rooms import Asked
from core.regions.slices import Slice
from core.regions.terms import Terms


@dataclass(frozen=True, eq=False)
class Cell:
    """One activation region: its vertices (k, 2), pattern (units,), W (2, n_L) and b (n_L,) of Z^[L] = X W + b."""

    vertices: np.ndarray
    pattern: np.ndarray
    W: np.ndarray
    b: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Partition(ABC):
    """The activation regions of a network on a box; n of them.

    region    (n,): the linear region that each belongs to, 0, 1, …
    certain   whether rounding has chosen no sign and no equality of maps; see RegionCount
    pattern   (n, units), derived: which hidden units are on, layer by layer; identity units always are
    W, b      (n, n_0, n_L) and (n, n_L), derived: Z^[L] = X W[i] + b[i] on region i
    """

    region: np.ndarray
    certain: bool

    @cached_property
    def pattern(self) -> np.ndarray:
        return self._found("on")

    @cached_property
    def W(self) -> np.ndarray:
        return self._maps[:, :-1]

    @cached_property
    def b(self) -> np.ndarray:
        return self._maps[:, -1]

    @cached_property
    def _maps(self) -> np.ndarray:
        return self._found("maps")

    @abstractmethod
    def _found(self, part: str) -> np.ndarray:
        """A part that was not kept of the regions, in their order."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Pieces(Partition):
    """The activation regions of a network of one input, from left to right; see Partition.

    breakpoints  (n + 1,), increasing; the first and the last are the limits of the box
    """

    breakpoints: np.ndarray
    line: Line = field(repr=False)

    def _found(self, part: str) -> np.ndarray:
        return sweep(self.line, Terms(), (part,)).parts[part]


@dataclass(frozen=True, eq=False, kw_only=True)
class Polygons(Partition):
    """The activation regions of a network of two inputs, n convex polygons; see Partition.

    vertices    (n_vertices, 2), counter-clockwise within each polygon
    offsets     (n + 1,): polygon i has vertices[offsets[i] : offsets[i + 1]]
    area        (n,), derived
    edge_unit   (n_vertices,), derived: the unit that is 0 along the edge leaving a vertex, as a place in a pattern; -1
                on the box. Where several are 0, the one that cut first.
    neighbours  (m, 2), derived: pairs of polygons that share an edge or a part of one, the lower number first
    """

    vertices: np.ndarray
    offsets: np.ndarray
    layers: Layers = field(repr=False)
    counts: np.ndarray = field(repr=False)  # of polygons in each task of the walk

    def polygon(self, i: int) -> np.ndarray:
        """The vertices of polygon i, (k, 2)."""
        return self.vertices[self.offsets[i] : self.offsets[i + 1]]

    def cell(self, i: int) -> Cell:
        """Polygon i with its pattern and map, found without those of all others."""
        place = range(len(self.region))[i]
        on, maps = one_cell(self.layers, self.counts, place)
        return Cell(self.polygon(place), on, maps[:2], maps[2])

    @cached_property
    def area(self) -> np.ndarray:
        return areas(self.vertices, self.offsets)

    @cached_property
    def edge_unit(self) -> np.ndarray:
        tags = cells(self.layers, Asked(tags=True), Terms()).tags
        row = np.abs(tags) >> 1 & ROWS
        return np.maximum(row - 2, -1)

    @cached_property
    def neighbours(self) -> np.ndarray:
        pairs = cells(self.layers, Asked(neighbours=True), Terms()).pairs[:, :2]
        return np.unique(np.sort(pairs, axis=1), axis=0)

    def _found(self, part: str) -> np.ndarray:
        asked = Asked(patterns=part == "on", maps=part == "maps")
        found: np.ndarray = getattr(cells(self.layers, asked, Terms()), part)
        return found


def partition(
    net: Network, box: ArrayLike, *, slice: Slice | None = None, snap: float = SNAP, threads: int = 1,
    max_regions: int | None = None, progress: Callable[[int], object] | None = None,
) -> Pieces | Polygons:  # fmt: skip
    """Pieces of a network of one input, Polygons of a network of two; arguments and refusals as in `count`."""
    net = slice.of(net) if slice else net
    if net.widths[0] > 2:
        raise ValueError(f"the network has {net.widths[0]} inputs; a partition needs 1 or 2. core.regions.count takes "
                         "more, and core.regions.Slice lays a line or plane through them")  # fmt: skip
    terms = Terms(threads, max_regions, progress)
    if net.widths[0] == 1:
        line = line_of(net, box, snap)
        swept = sweep(line, terms, ("left", "region"))
        breakpoints = np.append(swept.parts["left"], line.limits[1])
        return Pieces(region=swept.parts["region"], certain=swept.certain, breakpoints=breakpoints, line=line)
    layers = layers_of(net, box, snap)
    every = cells(layers, Asked(points=True), terms)
    return Polygons(
        region=every.regions(), certain=every.certain, vertices=every.points, offsets=every.offsets, layers=layers,
        counts=every.counts,
    )  # fmt: skip
