"""Which affine maps are the same, and which cells hang together."""

from core.kernels.forests import root
from core.kernels.jit import lean, lean_entry
from core.kernels.rounding import MARGIN, SAME_MAP


@lean
def gap(one, other, reach):
    """How far two maps (d + 2, n_L), the last row of which is the sum of absolute terms, are apart, relative to it."""
    d, largest = reach.size, 0.0
    for k in range(one.shape[1]):
        size, terms = abs(one[d, k] - other[d, k]), one[d + 1, k] + other[d + 1, k]
        for i in range(d):
            size += abs(one[i, k] - other[i, k]) * reach[i]
        largest = max(largest, size / terms if terms > 0 else 0.0)
    return largest


@lean
def join(parents, i, j, maps, reach):
    """Joins i and j if their maps are the same; whether that is doubtful."""
    one, other = root(parents, i), root(parents, j)
    if one == other:
        return False
    apart = gap(maps[i], maps[j], reach)
    if apart <= SAME_MAP:
        parents[max(one, other)] = min(one, other)
    return SAME_MAP / MARGIN < apart < SAME_MAP * MARGIN


@lean_entry
def join_neighbours(keys, owner, maps, reach, parents):
    """Joins in `parents` the cells that have a facet and the map in common; how many of these are doubtful.

    Facets, (facets,), are sorted by key.
    """
    doubts = 0
    for f in range(1, keys.size):
        if keys[f] == keys[f - 1]:
            doubts += join(parents, owner[f - 1], owner[f], maps, reach)
    return doubts


@lean_entry
def join_equals(places, widths, order, maps, reach, parents):
    """Joins in `parents` all cells of the same map; how many of these are doubtful.

    places, widths (cells,): sorted by place, in this order of cells. Maps whose places differ by more than their widths
    do not agree.
    """
    doubts = 0
    for i in range(order.size):
        j = i + 1
        while j < order.size and places[j] - places[i] <= widths[i] + widths[j]:
            doubts += join(parents, order[i], order[j], maps, reach)
            j += 1
    return doubts
