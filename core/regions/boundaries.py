"""The decision boundary: where the sign of the output, or the most probable class, changes."""

from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.network import Network
from core.regions.cells import next_points
from core.regions.partitions import Pieces, Polygons, partition
from core.regions.slices import Slice

#: Relative to the largest |Z^[L]| on the box: smaller values are zero. Vertices and maps are rounded.
NOTHING = 1e-12
#: Relative to the box's longest side: ends of segments that are no further apart are one point.
MEET = 1e-9


class _Corners(NamedTuple):
    """The corners of all cells: places (n, d), cells (n,), the next corner of each (n,), and Z^[L] there (n, n_L)."""

    x: np.ndarray
    owner: np.ndarray
    following: np.ndarray
    Z: np.ndarray


def boundary(net: Network, box: ArrayLike, *, slice: Slice | None = None) -> np.ndarray | list[np.ndarray]:
    """Where Z^[L] is zero, or for softmax where its two largest are equal: polylines (k, 2), or points (k,) on a line.

    Exact up to rounding: within a cell of the partition the boundary is straight. A closed curve ends where it begins;
    polylines part where three classes meet. With a sigmoid output this is where it is 1/2. Where Z^[L] is zero on a
    whole cell, its edge is the boundary. Box and slice as in `partition`.

    Raises ValueError on several outputs without softmax, and on what `partition` refuses.
    """
    if net.widths[-1] > 1 and net.output != "softmax":
        raise ValueError(f"the network has {net.widths[-1]} outputs and output {net.output!r}; a boundary needs one "
                         "output, or softmax: for logits of classes, replace(net, output='softmax')")  # fmt: skip
    corners = _corners(partition(net, box, slice=slice))
    longest, n_outputs = np.diff(np.asarray(box, dtype=float)).max(), net.widths[-1]
    pairs = list(combinations(range(n_outputs), 2)) if n_outputs > 1 else [(0, None)]
    ends = np.concatenate([_segments(corners, i, j) for i, j in pairs])
    labels, places = _merged(ends.reshape(-1, corners.x.shape[1]), MEET * longest)
    if corners.x.shape[1] == 1:
        return np.sort(places[:, 0])
    edges = {frozenset(pair) for pair in labels.reshape(-1, 2).tolist() if pair[0] != pair[1]}  # not a corner alone
    return [places[chain] for chain in _chains(edges)]


def _corners(cells: Pieces | Polygons) -> _Corners:
    """The corners of all cells in a row; of a piece, its two ends."""
    if isinstance(cells, Pieces):
        n = len(cells.b)
        x = np.stack([cells.breakpoints[:-1], cells.breakpoints[1:]], axis=1).reshape(-1, 1)
        owner, following = np.repeat(np.arange(n), 2), np.arange(2 * n) ^ 1
    else:
        x, offsets = cells.vertices, cells.offsets
        owner, following = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)), next_points(offsets)
    return _Corners(x, owner, following, np.einsum("nd,ndk->nk", x, cells.W[owner]) + cells.b[owner])


def _segments(corners: _Corners, i: int, j: int | None) -> np.ndarray:
    """Both ends of the part of each cell where output i is zero, or equals j and no other is larger: (s, 2, d)."""
    x, owner, following, Z = corners
    nothing, d = NOTHING * np.abs(Z).max(), x.shape[1]
    f = Z[:, i] - (0 if j is None else Z[:, j])
    f[np.abs(f) <= nothing] = 0
    varied = np.bincount(owner, f != 0) > 0
    at, across = np.flatnonzero((f == 0) & varied[owner]), np.flatnonzero(f * f[following] < 0)
    t = (f[across] / (f[across] - f[following[across]]))[:, np.newaxis]
    ends = np.hstack([x, Z])
    met = np.concatenate([ends[at], ends[across] + t * (ends[following[across]] - ends[across])])
    cells = np.concatenate([owner[at], owner[across]])
    order = np.lexsort((met[:, d - 1], met[:, 0], cells))
    _, first, count = np.unique(cells[order], return_index=True, return_counts=True)
    last = first + count - 1
    pairs = np.stack([met[order][first], met[order][last]], axis=1)
    return _where_largest(pairs[..., :d], pairs[..., d:], i, nothing)


def _where_largest(ends: np.ndarray, Z: np.ndarray, i: int, nothing: float) -> np.ndarray:
    """The parts of segments (s, 2, d) along which no output Z (s, 2, n_L) is larger than output i: (s', 2, d)."""
    lead = Z[..., i, np.newaxis] - Z if Z.shape[2] > 1 else np.zeros_like(Z)  # (s, 2, n_L)
    lead[np.abs(lead) <= nothing] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        t = lead[:, 0] / (lead[:, 0] - lead[:, 1])
    low = np.where((lead[:, 0] < 0) & (lead[:, 1] >= 0), t, 0).max(axis=1)
    high = np.where((lead[:, 0] >= 0) & (lead[:, 1] < 0), t, 1).min(axis=1)
    kept = (low <= high) & ~np.any(np.all(lead < 0, axis=1), axis=1)
    parts = np.stack([low, high], axis=1)[kept][..., np.newaxis]
    return ends[kept, :1] + parts * (ends[kept, 1:] - ends[kept, :1])


def _merged(points: np.ndarray, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """A label for each point, (n,), and the places of the labels, (m, d): points that are near are one."""
    labels = np.empty(len(points), dtype=np.int64)
    places: list[np.ndarray] = []
    known: dict[tuple[int, ...], int] = {}
    for n, point in enumerate(points):
        square = np.floor(point / apart).astype(np.int64)
        around = (tuple(square + step) for step in np.ndindex(*[3] * len(point)))
        label = next((known[each] for each in around if each in known), None)
        if label is None:
            label = known[tuple(square + 1)] = len(places)
            places.append(point)
        labels[n] = label
    return labels, np.array(places).reshape(-1, points.shape[1])


def _chains(edges: set[frozenset[int]]) -> list[list[int]]:
    """The edges as paths: from each end or branch to the next, then the closed ones."""
    neighbours: dict[int, set[int]] = {}
    for edge in edges:
        for one, other in permutations(edge):
            neighbours.setdefault(one, set()).add(other)
    between = {node for node, others in neighbours.items() if len(others) == 2}
    chains = []
    for start in sorted(neighbours, key=lambda node: (node in between, node)):
        while neighbours[start]:
            chain = [start]
            while len(chain) == 1 or (chain[-1] in between and chain[-1] != start):
                following = min(neighbours[chain[-1]])
                neighbours[chain[-1]].remove(following)
                neighbours[following].remove(chain[-1])
                chain.append(following)
            chains.append(chain)
    return chains
