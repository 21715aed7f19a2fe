"""Convex polygons, counter-clockwise, one after the other in a pool of vertices; a tag says what made an edge.

A tag holds the unit that is zero along the edge, the cut that parted the cells on its two sides, and the axis along
which places on the edge are told apart; it is positive on the side where the unit is on. The two inputs stand for the
edges of the box. Cells that share a facet share it along one cut, from opposite sides: nothing has to be looked for in
the plane. Cut 0 parts cells that need not be compared. Where one side may decide by itself whether they have to be, a
tag also has a place: see kinks.
"""

from core.kernels.jit import lean_inlined

ROWS, PLACES = (1 << 24) - 1, (1 << 12) - 1  # the largest unit and the largest place that a tag can hold


def tag_of(cut, row, axis, place=0):
    """The tag of an edge on the side where the unit is on."""
    return cut << 37 | place << 25 | row << 1 | axis


tag = lean_inlined(tag_of)


@lean_inlined
def cut_of(tag):
    """The number of the cut."""
    return abs(tag) >> 37


@lean_inlined
def row_of(tag):
    """The unit that is zero along the edge, or 0 and 1 for edges of the box along y and along x."""
    return abs(tag) >> 1 & ROWS


@lean_inlined
def place_of(tag):
    """The place, 0 where there is none."""
    return abs(tag) >> 25 & PLACES


@lean_inlined
def moved(tag, place):
    """The tag with another place, none if that is too large."""
    there = abs(tag) & ~(PLACES << 25) | (place if place <= PLACES else 0) << 25
    return there if tag > 0 else -there


@lean_inlined
def put(vertex, x, y, tag):
    """A vertex, with its edge."""
    vertex.x = x
    vertex.y = y
    vertex.tag = tag


@lean_inlined
def copy_vertices(source, first, target, start, m):
    """m vertices of source, from the first, to target from `start`."""
    for i in range(m):
        vertex = source[first + i]
        put(target[start + i], vertex.x, vertex.y, vertex.tag)


@lean_inlined
def part(pool, values, start, m, tag, on, off):
    """Cuts the polygon (start, m) where the values are 0: the parts on both sides begin at `on` and `off`.

    Returns their numbers of vertices, and the largest error of a new vertex along its edge, in shares of the edge, for
    values that are off by 1. Where rounding has given values of one line more than two changes of sign, the others are
    passed over: each part has room for one vertex more than the whole.
    """
    above, below, error, changes = on, off, 0.0, 2
    for i in range(m):
        j = i + 1 if i + 1 < m else 0
        here, there, vertex, other = values[i], values[j], pool[start + i], pool[start + j]
        # no branch: signs cannot be foretold, so each vertex is put down on both sides, the next one over it if need be
        put(pool[above], vertex.x, vertex.y, tag if (here == 0) & (there < 0) else vertex.tag)
        put(pool[below], vertex.x, vertex.y, -tag if (here == 0) & (there > 0) else vertex.tag)
        above += here >= 0
        below += here <= 0
        if changes > 0 and (here > 0 > there or here < 0 < there):
            changes -= 1
            # from the nearer end: the crossing is exact where that end is on the line
            near, far, value = (vertex, other, here) if abs(here) <= abs(there) else (other, vertex, there)
            shorter = 1 / (abs(here) + abs(there))
            t = abs(value) * shorter
            x, y = near.x + t * (far.x - near.x), near.y + t * (far.y - near.y)
            put(pool[above], x, y, vertex.tag if here < 0 else tag)
            put(pool[below], x, y, vertex.tag if here > 0 else -tag)
            above, below, error = above + 1, below + 1, max(error, shorter)
    return above - on, below - off, error
