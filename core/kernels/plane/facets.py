"""Facets that wait for the cells on the other side of their cut, to be compared with them.

Each cut has two lists of facets, one for each side. Once all cells along it have been met it is closed: both lists are
sorted by place and walked together, two facets that overlap are neighbours, and their places are free again. So what
is kept at any time is the facets along the cuts that are still open, not all that have been seen. Where only neighbours
of one map are asked for, and there are no two maps that might be one on the two sides, nothing has to be sorted.
"""

import numpy as np

from core.kernels.bundles import opener
from core.kernels.forests import root
from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.lanes import Variable, at, fabs, loop, traced, where
from core.kernels.plane.nets import WIDTH
from core.kernels.plane.polygons import cut_of
from core.kernels.plane.records import Edges
from core.kernels.rounding import MARGIN, SAME_MAP

NONE = 0  # no facet has this place
#: The bits of a cell's number from which on its task stands, one of at most 127, and its place in that, of 2^40; below,
#: which chords' units are on.
TASK, PLACE = 56, 16
#: Relative to the box's side: what two cells must share of an edge to be neighbours. Vertices are not as far off.
SHARED_EDGE = 1e-12

#: Two lists are looked at pair by pair, and not sorted at once, where there are not more pairs than so many a facet.
PAIRED = 64

opened, opened_both = opener(Edges), opener(Edges, Edges)


@lean_inlined
def number_of(walk):
    """The number of the cell at hand, or of the part of it in which no unit of a chord is on."""
    return walk.task << TASK | (walk.counted - walk.before) << PLACE


@lean_inlined
def side_of(edges, tag):
    """The facets on the tag's side of its cut."""
    return edges.sides[2 * cut_of(tag) + (tag > 0)]


@lean_inlined
def file_facet(edges, free, unused, first):
    """A free place, in front of the list that begins with the first; and which places are free and unused then."""
    n = free
    if n == NONE:
        n = unused
        unused += 1
    else:
        free = edges.facets[n].following
    edges.facets[n].following = first
    return n, free, unused


@lean_inlined
def file_piece(edges, free, unused, first, axis, x, y, u, v, cell, outputs):
    """A piece of an edge, from (x, y) to (u, v), waits for its neighbours, with the map of the read-out on its cell.

    Takes and returns what file_facet does.
    """
    n, free, unused = file_facet(edges, free, unused, first)
    facet, one, other = edges.facets[n], y if axis else x, v if axis else u
    facet.cell = cell
    facet.low, facet.high = min(one, other), max(one, other)
    facet.a, facet.b, facet.c, facet.terms = outputs
    return n, free, unused


@lean
def listed(facets, head, order, start):
    """order[start:] <- the facets of a list by where they begin; returns where they end."""
    n = start
    while head != NONE:
        order[n] = head
        head = facets[head].following
        n += 1
    step = (n - start) // 2
    while step > 0:
        for i in range(start + step, n):
            facet, j = order[i], i
            while j >= start + step and facets[order[j - step]].low > facets[facet].low:
                order[j] = order[j - step]
                j -= step
            order[j] = facet
        step //= 2
    return n


@lean
def release(walk, facets, head):
    """The facets of a list are free places."""
    while head != NONE:
        following = facets[head].following
        facets[head].following = walk.free
        walk.free = head
        walk.spare += 1
        head = following


@lean_inlined
def gap(walk, one, other):
    """How far two maps are apart on the box, relative to their terms."""
    size = abs(one.a - other.a) * walk.reach_x + abs(one.b - other.b) * walk.reach_y + abs(one.c - other.c)
    terms = one.terms + other.terms
    return size / terms if terms > 0 else 0.0


@lean_inlined
def note_slopes(edges, head, across, n):
    """slopes[n:] <- of the maps of a list the slopes across the cut, and further on their terms; where they end."""
    facets, slopes, further = edges.facets, edges.slopes, len(edges.slopes) // 2
    while head != NONE:
        facet = facets[head]
        slopes[n] = facet.a if across else facet.b
        slopes[further + n] = facet.terms
        head = facet.following
        n += 1
    return n


@traced
def find_nearest(one, other, further, n, m, reach, tolerance, nearest):
    """nearest, a vector <- how far n slopes are at least from m others, beyond what their terms allow."""
    least = Variable(one.zeros().like(1.0))
    with loop(0, n) as i:
        slope, terms = one.splat(i), (one + further).splat(i)
        with loop(0, m, one.lanes) as j:
            apart = fabs(slope - other[j]) * reach - tolerance * (terms + (other + further)[j])
            least.set(where(apart < least.get(), apart, least.get()))
    nearest[0] = least.get()


@lean_inlined
def may_agree(walk, edges, below, above, axis):
    """Whether two facets on the two sides may have one map: the slope across the cut tells most of them apart."""
    slopes, further, reach = edges.slopes, len(edges.slopes) // 2, walk.reach_x if axis else walk.reach_y
    n = note_slopes(edges, below, axis, 0)
    end = note_slopes(edges, above, axis, n)
    for i in range(end, end + WIDTH):
        slopes[i], slopes[further + i] = np.inf, 0.0
    nearest = at(slopes, end + WIDTH)
    find_nearest(slopes, at(slopes, n), further, n, end - n, reach, MARGIN * SAME_MAP, nearest)
    least = 1.0
    for i in range(WIDTH):
        least = min(least, nearest[i])
    return least <= 0


@lean
def close(walk, edges, cut, every):
    """Finds the neighbours across a cut: those of the same map, or every pair; the cut's number is free again."""
    off, on, axis = edges.sides[2 * cut], edges.sides[2 * cut + 1], edges.axes[cut]
    below, above, n, m = off.first, on.first, off.length, on.length
    pairing = n * m > 0 and (every or n * m > PAIRED * (n + m) or may_agree(walk, edges, below, above, axis))
    off.first = on.first = NONE
    off.length = on.length = 0
    if pairing:
        middle = listed(edges.facets, below, edges.order, 0)
        end = listed(edges.facets, above, edges.order, middle)
        compare(walk, edges, middle, end, walk.side_y if axis else walk.side_x, every)
    release(walk, edges.facets, below)
    release(walk, edges.facets, above)


@lean
def compare(walk, edges, middle, end, side, every):
    """Walks both sides of a cut, order[:middle] and order[middle:end]; pairs <- neighbours, 1 if of one map."""
    i, j, facets, order, pairs = 0, middle, edges.facets, edges.order, edges.pairs
    while i < middle and j < end:
        one, other = facets[order[i]], facets[order[j]]
        if min(one.high, other.high) - max(one.low, other.low) > SHARED_EDGE * side:
            apart = gap(walk, one, other)
            walk.doubtful += 1 if SAME_MAP / MARGIN < apart < SAME_MAP * MARGIN else 0
            if every or apart <= SAME_MAP:
                pairs[walk.pairs, 0] = one.cell
                pairs[walk.pairs, 1] = other.cell
                pairs[walk.pairs, 2] = 1 if apart <= SAME_MAP else 0
                walk.pairs += 1
        if one.high < other.high:
            i += 1
        else:
            j += 1


@lean
def close_down_to(walk, edges, n_open, every):
    """Closes the cuts that were opened last, until so many are open."""
    while walk.cuts > n_open:
        walk.cuts -= 1
        close(walk, edges, walk.cuts, every)


@lean_entry
def absorb(walks, table):
    """Adds the facets of another walk that has the same cuts open; there is room for them."""
    (edges, others), walk = opened_both(table), walks[0]
    for cut in range(len(others.axes)):
        for side in (-1, 1):
            i = others.sides[2 * cut + (side > 0)].first
            while i != NONE:
                other = others.facets[i]
                own = edges.sides[2 * cut + (side > 0)]
                own.first, walk.free, walk.unused = file_facet(edges, walk.free, walk.unused, own.first)
                own.length += 1
                walk.spare -= 1
                facet = edges.facets[own.first]
                facet.cell, facet.low, facet.high = other.cell, other.low, other.high
                facet.a, facet.b, facet.c, facet.terms = other.a, other.b, other.c, other.terms
                i = other.following


@lean_entry
def close_all(walks, table, every):
    """Closes the cuts that tasks were parted by."""
    (edges,) = opened(table)
    close_down_to(walks[0], edges, 0, every)


@lean_entry
def unite(pairs, parents):
    """Joins in `parents` the cells of each pair, (n, 2); then every cell is the child of the first of its region."""
    for i in range(len(pairs)):
        one, other = root(parents, pairs[i, 0]), root(parents, pairs[i, 1])
        parents[max(one, other)] = min(one, other)
    for cell in range(len(parents)):
        parents[cell] = root(parents, cell)
