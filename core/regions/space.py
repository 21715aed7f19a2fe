"""Regions in a space of any number of dimensions: the walk over all cells, in front of the kernels."""

from itertools import product
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.kernels.rounding import DOUBT, MARGIN, SAME_MAP
from core.kernels.space import cells, merging, records
from core.kernels.space.polytopes import Cut, Polytopes
from core.network import Network
from core.regions.grains import grains
from core.regions.piecewise import Piecewise, piecewise, snap_of
from core.regions.terms import Terms
from core.streams import stream

DIGITS = 2.0**-32  # that a map may have, where vertices have 20 behind the point and a double 53
MOST_INPUTS = 16  # a box has 2^16 corners then
STEP = 1 << 10  # cells between two returns to Python, where a key press is heard


class Census(NamedTuple):
    """Numbers of cells, linear regions and distinct maps (None if not asked for), and whether they are certain."""

    activation: int
    linear: int
    maps: int | None
    certain: bool


def census(net: Network, box: ArrayLike, snap: float, every: bool, terms: Terms) -> Census:
    """The cells of a network of any number of inputs on a box, counted; `every`: distinct maps too.

    Raises ValueError on what is no piecewise linear network, box or snap, where there are too many cells, and where
    snap is so small that rounding decides what a cell looks like.
    """
    known = piecewise(net, box)
    limits = known.limits
    if len(limits) > MOST_INPUTS:
        raise ValueError(f"the network has {len(limits)} inputs; regions are counted for up to {MOST_INPUTS}: "
                         f"a box has 2^{len(limits)} corners. core.regions.Slice takes a flat of fewer")  # fmt: skip
    layers = _layers(known, snap_of(snap))
    (work, stack), buffer = _start(layers, limits), _buffer(net.widths[-1], len(limits))
    kept: list[tuple[np.ndarray, ...]] = []
    state = records.PAUSED
    while state != records.DONE:
        state = cells.walk(layers, work, stack, buffer, every, STEP)
        if state == records.STACK_FULL:
            stack = _longer(stack)
        elif state == records.CELL_FULL:
            if len(work.cell.x) > 2 * _most_vertices(2 * len(limits) + sum(net.widths[1:-1]), len(limits)):
                raise ValueError(f"snap={snap:g} is below rounding here: a cell has more corners than there can be")
            work = work._replace(cell=_longer(work.cell), cut=_longer(work.cut))
        elif state == records.FACETS_FULL:
            shared = np.zeros((64 + len(work.shared), work.shared.shape[1] + 1), np.uint64)
            work = work._replace(cell=_wider(work.cell), facets=_wider(work.facets), shared=shared)
            stack = stack._replace(cells=_wider(stack.cells), facets=_wider(stack.facets))
        else:
            kept.append(_emptied(buffer, work.tally, sum(len(maps) for maps, *_ in kept)))
            terms.look(int(work.tally[records.COUNTED]))
    return _summed(work.tally, kept, layers.reach, every)


def _summed(tally: np.ndarray, kept: list, reach: np.ndarray, every: bool) -> Census:
    """What has been counted, with neighbours of one map merged."""
    maps, keys, owner = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    n_cells, order = int(tally[records.COUNTED]), np.argsort(keys, kind="stable")
    regions = np.arange(len(maps))
    doubts = int(tally[records.DOUBTS]) + merging.join_neighbours(keys[order], owner[order], maps, reach, regions)
    joined = int((regions != np.arange(len(maps))).sum())
    n_maps, more = _distinct(maps, reach) if every else (None, 0)
    return Census(n_cells, n_cells - joined, n_maps, doubts + more == 0)


def _distinct(maps: np.ndarray, reach: np.ndarray) -> tuple[int, int]:
    """The number of maps that differ, and how many may be one or two."""
    rng = stream(0, "places")
    across, along = rng.uniform(-1, 1, maps.shape[2]), np.append(rng.uniform(-1, 1, reach.size) * reach, 1)
    places = np.einsum("cik,i,k->c", maps[:, :-1], along, across)
    widths = MARGIN * SAME_MAP * maps[:, -1].sum(axis=1)  # places of maps that may agree are no further apart than both
    order, classes = np.argsort(places, kind="stable"), np.arange(len(maps))
    doubts = merging.join_equals(places[order], widths[order], order, maps, reach, classes)
    return int((classes == np.arange(len(maps))).sum()), doubts


def _layers(known: Piecewise, snap: float) -> records.Layers:
    """The network as the kernels know it."""
    pairs, limits = known.pairs, known.limits
    reach = np.abs(limits).max(axis=1)
    last, widths = pairs[-1][0], np.array(known.widths)
    return records.Layers(
        widths=widths,
        rows=np.cumsum([0, *widths[:-1]]),
        weights=np.cumsum([0, 0, *(widths[:-1] * widths[1:])[:-1]]),
        W=np.concatenate([W.ravel() for W, _ in pairs]),
        largest=np.array([0, *(np.abs(W).max() for W, _ in pairs)]),
        b=np.concatenate([np.zeros(widths[0]), *(b for _, b in pairs)]),
        slopes=np.concatenate([[1], known.slopes]),
        kinked=np.concatenate([[False], known.kinked]),
        readout=last @ stream(0, "read-out").uniform(1, 2, last.shape[1]),
        reach=reach,
        keys=stream(0, "facets").integers(0, 2**64, (int(widths.sum()), 3), dtype=np.uint64),
        exact=np.repeat(grains(known) * min(1, reach.min()) / DIGITS, widths),
        snap=snap,
        doubt=max(DOUBT, 10 * snap),
    )


def _most_vertices(n: int, d: int) -> int:
    """That a polytope of n facets can have in d dimensions (McMullen 1970)."""
    return comb(n - (d + 1) // 2, d // 2) + comb(n - d // 2 - 1, (d + 1) // 2 - 1)


def _corners(limits: np.ndarray) -> Polytopes:
    """The corners of the box, 2^d; the lower facet of axis i is in slot 2 i, the upper in slot 2 i + 1."""
    d = len(limits)
    sides = np.array(list(product((0, 1), repeat=d)))
    on = (np.uint64(1) << (2 * np.arange(d) + sides).astype(np.uint64)).sum(axis=1, dtype=np.uint64)
    return Polytopes(limits[np.arange(d), sides], on[:, np.newaxis])


def _start(layers: records.Layers, limits: np.ndarray) -> tuple[records.Work, records.Stack]:
    """The whole box on the stack, before the first layer."""
    corners, (d, _) = _corners(limits), limits.shape
    rows, widest, room = int(layers.widths.sum()), int(layers.widths.max()), 4 * len(corners.x) + 64
    a, c, terms, gain, effect = np.eye(rows, d), *np.zeros((4, rows))  # the inputs' maps are the inputs
    gain[:d] = 1
    work = records.Work(
        np.zeros(7, np.int64), a, c, terms, gain, np.zeros(rows, np.int64), effect, np.zeros(layers.widths.size),
        np.zeros(widest, np.int64), _polytopes(room, d), _facets(), _cut(room), _bits(64),
    )  # fmt: skip
    stack = records.Stack(
        _polytopes(4 * room, d), _facets(64), np.zeros(64 * widest, np.int64), np.zeros((64, 4), np.int64)
    )
    stack.cells.x[: len(corners.x)], stack.cells.on[: len(corners.x)] = corners
    stack.facets.used[0], stack.facets.unit[0] = np.bitwise_or.reduce(corners.on), records.BOX
    stack.frames[0] = 0, -1, len(corners.x), 0
    work.tally[records.FRAMES], work.tally[records.POINTS] = 1, len(corners.x)
    return work, stack


def _bits(*shape: int) -> np.ndarray:
    return np.zeros((*shape, 1), np.uint64)


def _cut(n: int) -> Cut:
    return Cut(np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.uint64), np.zeros((n, 2), np.int64))


def _polytopes(n: int, d: int) -> Polytopes:
    return Polytopes(np.zeros((n, d)), _bits(n))


def _facets(*n: int) -> records.Facets:
    """Room for 64 facets, of each of n cells."""
    return records.Facets(_bits(*n), np.zeros((*n, 64), np.int64), np.zeros((*n, 64), np.uint64))


def _buffer(n_outputs: int, d: int) -> records.Kept:
    """Room for some thousand cells and facets."""
    n = 4096
    return records.Kept(np.zeros((n, d + 2, n_outputs)), np.zeros(4 * n, np.uint64), np.zeros(4 * n, np.int64))


def _emptied(buffer: records.Kept, tally: np.ndarray, before: int) -> tuple[np.ndarray, ...]:
    """Copies of what is in the buffer, which is free again; owners count from the cells that were kept before."""
    n, n_facets = tally[[records.KEPT, records.KEPT_FACETS]]
    tally[[records.KEPT, records.KEPT_FACETS]] = 0
    return buffer.maps[:n].copy(), buffer.key[:n_facets].copy(), buffer.owner[:n_facets] + before


def _longer(arrays: Any) -> Any:
    """Arrays, or named tuples of arrays, twice as long."""
    if isinstance(arrays, np.ndarray):
        return np.concatenate([arrays, np.zeros_like(arrays)])
    return type(arrays)(*map(_longer, arrays))


def _wider(arrays: Any) -> Any:
    """Named tuples with room for 64 facets more: a word more of bits, and 64 places for what is known of each."""
    wider = {"on": 1, "used": 1, "unit": 64, "key": 64}
    changed = {
        name: np.concatenate([array, np.zeros((*array.shape[:-1], wider[name]), array.dtype)], axis=-1)
        for name, array in arrays._asdict().items()
        if name in wider
    }
    return arrays._replace(**changed)
