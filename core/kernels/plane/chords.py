"""How many cells lines cut a polygon into, without cutting it: it is enough to know which of them meet inside.

A line that crosses a convex polygon is a chord of it. k chords that meet in v points, never three in one, cut it into
1 + k + v cells (Zaslavsky 1975). Two chords meet inside where the ends of one lie on both sides of the other. What the
cells share with those around them are pieces of the border, from end to end; cells that a chord parts need not be
compared. Where anything is too near a line for its side to be sure, the polygon has to be cut.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.plane.facets import PLACE, file_piece, number_of
from core.kernels.plane.nets import LANES, row_of_column, start_of
from core.kernels.plane.polygons import cut_of
from core.kernels.rounding import ROUNDING

MOST = PLACE  # chords: each has a bit in a cell's number, and pairs and triples of them are looked at


@lean_inlined
def value_at(z, place, p, x, y):
    """The value of a map at a point."""
    return z[place] * x + z[place + p] * y + z[place + 2 * p]


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
            end.edge, end.place, end.bit = edge, edge + along, 1 << j
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


@lean_inlined
def sort_ends(work, n):
    """order <- the ends by their places along the border."""
    ends, order = work.ends, work.order
    for k in range(n):
        i, end = k, ends[k]
        while i > 0:
            if ends[order[i - 1]].place <= end.place:
                break
            order[i] = order[i - 1]
            i -= 1
        order[i] = k


@lean_inlined
def weigh_outputs(plan, walk, stacks, work, net, here, output):
    """sums[1:] <- what each unit adds to the map of the read-out where it is on, and the size of that."""
    z, p, gain = stacks.numbers, net.padded, 1 - plan.layers[here.layer].slope
    row = net.weights + output // LANES * net.units * LANES + output % LANES
    for j in range(here.length):
        unit, share = stacks.units[here.list + j], work.sums[1 + j]
        place, factor = here.own + unit, gain * z[row + unit * LANES]
        share.a, share.b, share.c = factor * z[place], factor * z[place + p], factor * z[place + 2 * p]
        share.terms = abs(share.a) * walk.reach_x + abs(share.b) * walk.reach_y + abs(share.c)


@lean_inlined
def add_up(stacks, work, net, here, output, on):
    """sums[0] <- the map of the read-out where these units are on: one sum, from which nothing is subtracted."""
    z, p, place, total = stacks.numbers, net.padded, here.slot + output, work.sums[0]
    total.a, total.b, total.c, total.terms = z[place], z[place + p], z[place + 2 * p], z[place + 3 * p]
    for j in range(here.length):  # no branch: which units are on cannot be foretold
        share, times = work.sums[1 + j], float(on >> j & 1)
        total.a += times * share.a
        total.b += times * share.b
        total.c += times * share.c
        total.terms += times * share.terms


@lean
def file_border(plan, walk, stacks, work, edges, net, here, on, first):
    """The pieces of the border between ends wait for their neighbours; `first`: the part in which all units are off."""
    output, n, place = start_of(stacks, net, walk.depth), 2 * here.length, 0
    sort_ends(work, n)
    weigh_outputs(plan, walk, stacks, work, net, here, output)
    add_up(stacks, work, net, here, output, on)
    for i in range(here.size):
        vertex, following = (
            stacks.polygons[here.start + i],
            stacks.polygons[here.start + (i + 1 if i + 1 < here.size else 0)],
        )
        x, y, waits = vertex.x, vertex.y, cut_of(vertex.tag) != 0
        while place < n and work.ends[work.order[place]].edge == i:
            end = work.ends[work.order[place]]
            if waits:
                file_piece(walk, edges, vertex.tag, x, y, end.x, end.y, first + on, work.sums[0])
            x, y, place, on = end.x, end.y, place + 1, on ^ end.bit
            add_up(stacks, work, net, here, output, on)
        if waits:
            file_piece(walk, edges, vertex.tag, x, y, following.x, following.y, first + on, work.sums[0])


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
    file_border(plan, walk, stacks, work, edges, net, here, on, number_of(walk))
    walk.counted += 1 + here.length + met
    return True
