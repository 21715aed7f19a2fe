"""The cells themselves: pieces of a line, polygons of a plane, with what the network does on each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.network import Network
from core.regions.layers import SNAP
from core.regions.cells import Cells, cells


@dataclass(frozen=True, eq=False)
class Pieces:
    """The activation regions of a network of one input, from left to right; n pieces.

    breakpoints  (n + 1,), increasing; the first and the last are the limits of the box
    pattern      (n, units): which hidden units are on, layer by layer; identity units always are
    W, b         (n, 1, n_L) and (n, n_L): Z^[L] = X W[i] + b[i] on piece i
    region       (n,): the linear region that the piece belongs to, 0, 1, …
    """

    breakpoints: np.ndarray
    pattern: np.ndarray
    W: np.ndarray
    b: np.ndarray
    region: np.ndarray


@dataclass(frozen=True, eq=False)
class Polygons:
    """The activation regions of a network of two inputs; n convex polygons.

    vertices  (n_vertices, 2), counter-clockwise within each polygon
    offsets   (n + 1,): polygon i has vertices[offsets[i] : offsets[i + 1]]
    pattern   (n, units): which hidden units are on, layer by layer; identity units always are
    W, b      (n, 2, n_L) and (n, n_L): Z^[L] = X W[i] + b[i] on polygon i
    region    (n,): the linear region that the polygon belongs to, 0, 1, …
    """

    vertices: np.ndarray
    offsets: np.ndarray
    pattern: np.ndarray
    W: np.ndarray
    b: np.ndarray
    region: np.ndarray

    def polygon(self, i: int) -> np.ndarray:
        """The vertices of polygon i, (k, 2)."""
        return self.vertices[self.offsets[i] : self.offsets[i + 1]]


def partition(net: Network, box: ArrayLike, *, snap: float = SNAP) -> Pieces | Polygons:
    """Pieces of a network of one input, Polygons of a network of two; box, snap and refusals as in `count`."""
    every = cells(net, box, every=True, snap=snap)
    return _pieces(every) if net.widths[0] == 1 else _polygons(every)


def _polygons(every: Cells) -> Polygons:
    W, b = every.maps[:, :2], every.maps[:, 2]
    return Polygons(every.points, every.offsets, every.on, W.copy(), b.copy(), linear_regions(every))


def _pieces(every: Cells) -> Pieces:
    """The rectangles from left to right; neighbours reckon their common side from the same numbers."""
    left = np.minimum.reduceat(every.points[:, 0], every.offsets[:-1])
    order = np.argsort(left)
    breakpoints = np.append(left[order], every.points[:, 0].max())
    _, region = np.unique(linear_regions(every)[order], return_inverse=True)  # a region is an interval, so its
    first = np.cumsum(np.diff(region, prepend=region[:1]) != 0)  # number is how often the label has changed before
    maps = every.maps[order]
    return Pieces(breakpoints, every.on[order], maps[:, :1].copy(), maps[:, 2].copy(), first)
