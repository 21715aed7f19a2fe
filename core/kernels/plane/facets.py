"""Facets that wait for the cells on the other side of their cut, to be compared with them.

Each cut has two lists of facets, one for each side. Once all cells along it have been met it is closed: both lists are
sorted by place and walked together, two facets that overlap are neighbours, and their places are free again. So what
is kept at any time is the facets along the cuts that are still open, not all that have been seen.
"""

from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.plane.maps import place
from core.kernels.plane.polygons import cut_of

NONE = -1
#: Relative to the sum of absolute terms of Z^[L]: maps that agree to this are one. Some thousand terms are rounded.
SAME_MAP = 1e-11
MARGIN = 10.0  # within this factor of SAME_MAP, whether two maps are one is doubtful
#: Relative to the box's side: what two cells must share of an edge to be neighbours. Vertices are not as far off.
SHARED_EDGE = 1e-12


@lean_inlined
def file_facet(walk, cuts, facets, tag):
    """A free place that is listed on the tag's side of its cut."""
    n, cut = walk.free, cuts[cut_of(tag)]
    facet = facets[n]
    walk.free = facet.following
    walk.room -= 1
    if tag > 0:
        facet.following = cut.above
        cut.above = n
    else:
        facet.following = cut.below
        cut.below = n
    return facet


@lean_inlined
def file_facets(layer, z, walk, readout, pool, cuts, facets, cell, start, m):
    """The cell's edges that were cut wait for their neighbours, with the read-out's map: a sum over the last layer."""
    at, p, a, b, c, terms, read = place(layer), layer.padded, 0.0, 0.0, 0.0, 0.0, False
    for i in range(m):
        vertex, following = pool[start + i], pool[start + (i + 1 if i + 1 < m else 0)]
        if cut_of(vertex.tag) == 0:
            continue
        if not read:
            read = True
            for k in range(layer.width):
                a += readout[k] * z[at + k]
                b += readout[k] * z[at + p + k]
                c += readout[k] * z[at + 2 * p + k]
                terms += readout[k] * z[at + 3 * p + k]
        one, other = (vertex.y, following.y) if vertex.tag & 1 else (vertex.x, following.x)
        facet = file_facet(walk, cuts, facets, vertex.tag)
        facet.cell = cell
        facet.low, facet.high = min(one, other), max(one, other)
        facet.a, facet.b, facet.c, facet.terms = a, b, c, terms


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
        walk.room += 1
        head = following


@lean_inlined
def gap(walk, one, other):
    """How far two maps are apart on the box, relative to their terms."""
    size = abs(one.a - other.a) * walk.reach_x + abs(one.b - other.b) * walk.reach_y + abs(one.c - other.c)
    terms = one.terms + other.terms
    return size / terms if terms > 0 else 0.0


@lean
def close(walk, cuts, facets, order, pairs, cut, every):
    """Finds the neighbours across a cut: those of the same map, or every pair; the cut's number is free again."""
    below, above = cuts[cut].below, cuts[cut].above
    cuts[cut].below = NONE
    cuts[cut].above = NONE
    if below != NONE and above != NONE:
        middle = listed(facets, below, order, 0)
        end = listed(facets, above, order, middle)
        compare(walk, facets, order, pairs, middle, end, walk.side_y if cuts[cut].axis else walk.side_x, every)
    release(walk, facets, below)
    release(walk, facets, above)


@lean
def compare(walk, facets, order, pairs, middle, end, side, every):
    """Walks both sides of a cut, order[:middle] and order[middle:end]; pairs <- neighbours, 1 if of one map."""
    i, j = 0, middle
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
def close_down_to(walk, cuts, facets, order, pairs, n_open, every):
    """Closes the cuts that were opened last, until so many are open."""
    while walk.cuts > n_open:
        walk.cuts -= 1
        close(walk, cuts, facets, order, pairs, walk.cuts, every)


@lean_entry
def absorb(walks, cuts, facets, other_cuts, other_facets):
    """Adds the facets of another walk that has the same cuts open; there is room for them."""
    walk = walks[0]
    for cut in range(len(other_cuts)):
        for side in (-1, 1):
            i = other_cuts[cut].below if side < 0 else other_cuts[cut].above
            while i != NONE:
                other = other_facets[i]
                facet = file_facet(walk, cuts, facets, side * cut << 33)
                facet.cell, facet.low, facet.high = other.cell, other.low, other.high
                facet.a, facet.b, facet.c, facet.terms = other.a, other.b, other.c, other.terms
                i = other.following


@lean_entry
def close_all(walks, cuts, facets, order, pairs, every):
    """Closes the cuts that tasks were parted by."""
    close_down_to(walks[0], cuts, facets, order, pairs, 0, every)


@lean
def root(parents, cell):
    """The cell that stands for the region; the path to it is halved on the way."""
    while parents[cell] != cell:
        parents[cell] = parents[parents[cell]]
        cell = parents[cell]
    return cell


@lean_entry
def unite(pairs, parents):
    """Joins in `parents` the cells of each pair, (n, 2); then every cell is the child of the first of its region."""
    for i in range(len(pairs)):
        one, other = root(parents, pairs[i, 0]), root(parents, pairs[i, 1])
        parents[max(one, other)] = min(one, other)
    for cell in range(len(parents)):
        parents[cell] = root(parents, cell)
