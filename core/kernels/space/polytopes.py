"""Polytopes in d dimensions, cut by hyperplanes: vertices, and for each the facets that it lies on.

Two vertices are the ends of an edge if no third lies on all the facets that they share; if one of the two lies on d
facets alone, d - 1 in common are enough. So a cut needs no linear programme and no volume, only the signs of an affine
function at the vertices. It adds a facet, whose vertices are the cut edges' points and the vertices where the function
is zero, and takes away those of which a half keeps no vertex or only a lower face: all its vertices are then on a
further facet.
"""

from typing import NamedTuple

import numpy as np

from core.kernels.jit import lean
from core.kernels.space.bitsets import ALL, NOTHING, ONE, exclude, first, hold_common, include, intersect, members, size

FIRST, SINGLE = np.int64(0), np.int64(1)  # with a literal for an argument Numba compiles a function once more


class Polytopes(NamedTuple):
    """The vertices of one cell, or of many in a row."""

    x: np.ndarray  # (capacity, d)
    on: np.ndarray  # (capacity, words), uint64: bit s of word w stands for the facet in slot 64 w + s


class Cut(NamedTuple):
    """An affine function at the vertices of a cell, and the edges along which it changes sign."""

    values: np.ndarray  # (capacity,)
    below: np.ndarray  # (capacity,), int64: the vertices where they are below 0
    word: np.ndarray  # (capacity,), uint64: of these, the first word of their facets
    edges: np.ndarray  # (capacity, 2), int64: the ends above and below


@lean
def copy_vertices(source, first, target, start, m):
    """m vertices of source, from the first, to target[start:]; upwards, so that they may move down in place."""
    for i in range(m):
        for k in range(source.x.shape[1]):
            target.x[start + i, k] = source.x[first + i, k]
        for w in range(source.on.shape[1]):
            target.on[start + i, w] = source.on[first + i, w]


@lean
def are_ends(on, m, i, j, d):
    """Whether vertices i and j of m, which share d - 1 facets or more, are the ends of an edge."""
    if size(on[i]) == d or size(on[j]) == d:
        return True
    others = 0
    for k in range(m):
        others += hold_common(on[k], on[i], on[j])
    return others == 2  # the two themselves


@lean
def find_edges(cell, cut, m):
    """edges <- those whose ends have values of both signs; their number, or -1 if there is no room."""
    n_below, n, on, d = 0, 0, cell.on, cell.x.shape[1]
    for j in range(m):
        if cut.values[j] < 0:
            cut.below[n_below] = j
            cut.word[n_below] = on[j, 0]
            n_below += 1
    for i in range(m):
        if cut.values[i] > 0:
            word = on[i, 0]
            for k in range(n_below):
                common = members(word & cut.word[k])
                for w in range(1, on.shape[1]):
                    common += members(on[i, w] & on[cut.below[k], w])
                if common >= d - 1 and are_ends(on, m, i, cut.below[k], d):
                    if n == cut.edges.shape[0]:
                        return -1
                    cut.edges[n, 0] = i
                    cut.edges[n, 1] = cut.below[k]
                    n += 1
    return n


@lean
def cross(cell, cut, n, slot, target, start):
    """target[start:] <- where the n edges are cut, reckoned from the nearer end, on the facet in this slot."""
    for e in range(n):
        i, j = cut.edges[e, 0], cut.edges[e, 1]
        for w in range(cell.on.shape[1]):
            target.on[start + e, w] = cell.on[i, w] & cell.on[j, w]
        include(target.on[start + e], slot)
        if abs(cut.values[i]) > abs(cut.values[j]):
            i, j = j, i
        t = cut.values[i] / (cut.values[i] - cut.values[j])
        for k in range(cell.x.shape[1]):
            target.x[start + e, k] = cell.x[i, k] + t * (cell.x[j, k] - cell.x[i, k])


@lean
def halve(cell, cut, m, n, slot, target, start):
    """Cuts the cell of m vertices along the n edges; target[start:] <- the half below, cell <- the half above.

    Returns their numbers of vertices. Neither is tidied yet.
    """
    cross(cell, cut, n, slot, target, start)
    below, above = n, 0
    for i in range(m):
        if cut.values[i] == 0:
            include(cell.on[i], slot)
        if cut.values[i] <= 0:
            copy_vertices(cell, i, target, start + below, SINGLE)
            below += 1
        if cut.values[i] >= 0:
            copy_vertices(cell, i, cell, above, SINGLE)
            above += 1
    copy_vertices(target, start, cell, above, n)
    return below, above + n


@lean
def tidy(cells, start, m, used, shared):
    """Forgets the slots that are no facets of the cell any more: no vertex, or all vertices on a further facet.

    shared (slots, words) <- the facets that all vertices of a facet lie on.
    """
    for slot in range(shared.shape[0]):
        for w in range(used.size):
            shared[slot, w] = ALL
    for i in range(start, start + m):
        for w in range(used.size):
            word = cells.on[i, w]
            while word != NOTHING:
                intersect(shared[64 * w + first(word)], cells.on[i])
                word &= word - ONE
    for slot in range(shared.shape[0]):
        if size(shared[slot]) != 1:
            exclude(used, slot)
    for i in range(start, start + m):
        intersect(cells.on[i], used)
