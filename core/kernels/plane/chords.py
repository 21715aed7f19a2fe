"""How many cells lines cut a polygon into, without cutting it: it is enough to know which of them meet inside.

A line that crosses a convex polygon is a chord of it. k chords that meet in v points, never three in one, cut it into
1 + k + v cells (Zaslavsky 1975). Two chords meet inside where the ends of one lie on both sides of the other. What the
cells share with those around them are pieces of the border, from end to end; cells that a chord parts need not be
compared. Where anything is too near a line for its side to be sure, the polygon has to be cut.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.plane.border import file_border, find_waiting
from core.kernels.plane.facets import PLACE, number_of
from core.kernels.plane.nets import affine_at, row_of_column
from core.kernels.rounding import ROUNDING

MOST = PLACE  # chords: each has a bit in a cell's number, and pairs and triples of them are looked at


@lean_inlined
def value_at(z, place, p, x, y):
    """The value of a map at a point."""
    return affine_at(z[place], z[place + p], z[place + 2 * p], x, y)


@lean_inlined
def find_ends(plan, walk, stacks, work, net, here):
    """ends <- two of each chord; which units are on at the first vertex, as bits, and how far an end may be off.

    And whether each unit has surely two ends, and a kink that an output surely reads.
    """
    z, p, start, m, on, blur, n = stacks.numbers, net.padded, here.start, here.size, 0, here.blur, 0
    zone, row, sure = walk.doubt + 2 * here.blur, plan.layers[here.layer].row, True
    for j in range(here.length):
        if not sure:
            break
        unit = stacks.units[here.list + j]
        place = here.own + unit
        size, before = z[place + 3 * p], stacks.polygons[start + m - 1]
        sure &= plan.loud[row_of_column(stacks, net, unit) - row]
        there = value_at(z, place, p, before.x, before.y)
        for i in range(m):
            vertex = stacks.polygons[start + i]
            value = value_at(z, place, p, vertex.x, vertex.y)
            sure &= abs(value) > zone * size
            # no branch: signs cannot be foretold, so each place is an end until the next one is
            end, shorter, between = work.ends[n], 1 / (abs(value) + abs(there)), (value > 0) != (there > 0)
            along, edge = abs(there) * shorter, i - 1 if i > 0 else m - 1
            end.edge, end.place, end.chord = edge, edge + along, j
            end.x, end.y = before.x + along * (vertex.x - before.x), before.y + along * (vertex.y - before.y)
            blur = max(blur, ROUNDING * size * shorter * between)
            n += between
            on |= ((i == 0) & (value > 0)) << j
            before, there = vertex, value
        sure &= n == 2 * j + 2
    return sure, on, blur


@lean_inlined
def find_meetings(walk, stacks, work, net, here, blur):
    """How many pairs of chords meet inside, how far such a point may be off, and whether all that is sure."""
    z, p, k, met, sure = stacks.numbers, net.padded, here.length, 0, True
    for i in range(1, k):
        unit = here.own + stacks.units[here.list + i]
        size = z[unit + 3 * p]
        for j in range(i):
            one, other = work.ends[2 * j], work.ends[2 * j + 1]
            s, t = value_at(z, unit, p, one.x, one.y), value_at(z, unit, p, other.x, other.y)
            sure &= min(abs(s), abs(t)) > (walk.doubt + 2 * blur) * size
            if (s > 0) == (t > 0):
                continue
            met += 1
            shorter = 1 / (abs(s) + abs(t))
            blur = max(blur, ROUNDING * size * shorter)
            along = abs(s) * shorter
            x, y = one.x + along * (other.x - one.x), one.y + along * (other.y - one.y)
            for h in range(i + 1, k):
                third = here.own + stacks.units[here.list + h]
                sure &= abs(value_at(z, third, p, x, y)) > (walk.doubt + 2 * blur) * z[third + 3 * p]
    return sure, met, blur


@lean
def meet_chords(plan, walk, stacks, work, edges, net, here):
    """Counts the cells that the listed units cut the cell at hand into; False, and nothing done, where it is unsure."""
    sure, on, blur = find_ends(plan, walk, stacks, work, net, here)
    if not sure:
        return False
    sure, met, blur = find_meetings(walk, stacks, work, net, here, blur)
    if not sure or walk.doubt + 2 * blur > walk.sure:
        return False
    walk.blur = max(walk.blur, blur)
    if not walk.decides or find_waiting(plan, walk, stacks, work, edges, net, here, on):
        file_border(plan, walk, stacks, work, edges, net, here, on, number_of(walk))
    walk.counted += 1 + here.length + met
    return True
