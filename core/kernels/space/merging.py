"""Which affine maps are the same, and which cells hang together."""

from core.kernels.forests import root
from core.kernels.jit import lean, lean_entry


@lean
def same_map(one, other, reach, tolerance):
    """Whether two maps (d + 2, n_L), the last row of which is the sum of absolute terms, agree to rounding."""
    d = reach.size
    for k in range(one.shape[1]):
        gap = abs(one[d, k] - other[d, k])
        for i in range(d):
            gap += abs(one[i, k] - other[i, k]) * reach[i]
        if not gap <= tolerance * (one[d + 1, k] + other[d + 1, k]):
            return False
    return True


@lean
def join(parents, i, j, maps, reach, tolerance):
    """Joins i and j if their maps are the same."""
    one, other = root(parents, i), root(parents, j)
    if one != other and same_map(maps[i], maps[j], reach, tolerance):
        parents[max(one, other)] = min(one, other)


@lean_entry
def join_neighbours(keys, owner, maps, reach, tolerance, parents):
    """Joins in `parents` the cells that have a facet and the map in common. Facets, (facets,), are sorted by key."""
    for f in range(1, keys.size):
        if keys[f] == keys[f - 1]:
            join(parents, owner[f - 1], owner[f], maps, reach, tolerance)


@lean_entry
def join_equals(places, widths, order, maps, reach, tolerance, parents):
    """Joins in `parents` all cells of the same map. Maps whose places differ by more than their widths do not agree.

    places, widths (cells,): sorted by place, in this order of cells.
    """
    for i in range(order.size):
        j = i + 1
        while j < order.size and places[j] - places[i] <= widths[i] + widths[j]:
            join(parents, order[i], order[j], maps, reach, tolerance)
            j += 1
