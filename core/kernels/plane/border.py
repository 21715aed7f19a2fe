"""What waits at the border of a cell that was met: facets, at the edges that need not surely be kinks.

A cell that chords part has pieces of edges there, from end to end, each with the map of the read-out beside it.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.plane.facets import file_piece, side_of
from core.kernels.plane.kinks import DECIDE, FILE, PASS, jump_at, jumps_of, least_jump, most_terms, task_at
from core.kernels.plane.nets import LANES, add_layer, start_of
from core.kernels.plane.polygons import cut_of, place_of


@lean_inlined
def file_facets(plan, walk, stacks, work, net, here, edges, output, cell):
    """The cell's edges that need not be kinks wait for their neighbours, with the map of the read-out, in `output`."""
    start, m, p, z = here.start, here.size, net.padded, stacks.numbers
    free, unused, filed, terms, due = walk.free, walk.unused, 0, 0.0, here.clean
    if due:
        terms = most_terms(plan, walk, stacks, work, net, here)
    for i in range(m):
        vertex, following = stacks.polygons[start + i], stacks.polygons[start + (i + 1 if i + 1 < m else 0)]
        tag = vertex.tag
        task = task_at(edges, here, tag)
        if task == DECIDE:
            row = jumps_of(stacks, walk, net, place_of(tag) - 1)
            least = least_jump(plan, walk, work, tag, terms)
            task = PASS if abs(jump_at(walk, stacks, work, net, row)) > least else FILE
        if task == FILE:
            if due:
                add_layer(plan, walk, stacks, work, net, here)
                due = 0
            place = here.slot + output
            outputs, side = (z[place], z[place + p], z[place + 2 * p], z[place + 3 * p]), side_of(edges, tag)
            side.first, free, unused = file_piece(
                edges, free, unused, side.first, tag & 1, vertex.x, vertex.y, following.x, following.y, cell, outputs
            )
            side.length += 1
            filed += 1
    walk.free, walk.unused = free, unused
    walk.spare -= filed


@lean_inlined
def sort_ends(work, n):
    """order <- the n ends that are listed there by their places along the border."""
    ends, order = work.ends, work.order
    for k in range(1, n):
        i, listed = k, order[k]
        place = ends[listed].place
        while i > 0:
            if ends[order[i - 1]].place <= place:
                break
            order[i] = order[i - 1]
            i -= 1
        order[i] = listed


@lean_inlined
def weigh_outputs(plan, walk, stacks, work, net, here, output):
    """sums <- what each unit adds to the map of the read-out where it is on, and the size of that."""
    z, p, gain = stacks.numbers, net.padded, 1 - plan.layers[here.layer].slope
    row = net.weights + output // LANES * net.units * LANES + output % LANES
    for j in range(here.length):
        unit, share = stacks.units[here.list + j], work.sums[j]
        place, factor = here.own + unit, gain * z[row + unit * LANES]
        share.a, share.b, share.c = factor * z[place], factor * z[place + p], factor * z[place + 2 * p]
        share.terms = abs(share.a) * walk.reach_x + abs(share.b) * walk.reach_y + abs(share.c)


@lean_inlined
def add_up(stacks, work, net, here, output, on):
    """The map of the read-out where these units are on: one sum, from which nothing is subtracted."""
    z, p, place = stacks.numbers, net.padded, here.slot + output
    a, b, c, terms = z[place], z[place + p], z[place + 2 * p], z[place + 3 * p]
    for j in range(here.length):  # no branch: which units are on cannot be foretold
        share, times = work.sums[j], float(on >> j & 1)
        a += times * share.a
        b += times * share.b
        c += times * share.c
        terms += times * share.terms
    return a, b, c, terms


@lean_inlined
def find_steps(plan, stacks, work, here, row):
    """steps <- what each chord's unit adds to the jump of a row where it is on."""
    gain = 1 - plan.layers[here.layer].slope
    for j in range(here.length):
        work.steps[j] = gain * stacks.numbers[row + stacks.units[here.list + j]]


@lean_inlined
def list_signs(work, here, on):
    """signs <- which units are on at each vertex, as bits, from those at the first one and the ends on each edge."""
    for i in range(here.size):
        work.signs[i + 1] = 0
    for k in range(2 * here.length):
        work.signs[work.ends[k].edge + 1] ^= 1 << work.ends[k].chord
    work.signs[0] = on
    for i in range(here.size):
        work.signs[i + 1] ^= work.signs[i]


@lean_inlined
def is_kink(work, here, i, jump, least):
    """Whether edge i surely is a kink from end to end; `jump`: that where all units of chords are off."""
    before, after, first, last, between, crossing = work.signs[i], work.signs[i + 1], jump, jump, 0.0, 0
    for j in range(here.length):
        step, one, other = work.steps[j], before >> j & 1, after >> j & 1
        first += step * one
        last += step * other
        between += abs(step) * (one ^ other)
        crossing += one ^ other
    if not min(abs(first), abs(last)) > least:
        return False
    if crossing < 2 or abs(first + last) - between > 2 * least:  # in whatever order: jumps lie around the mean
        return True
    return stays_kink(work, here, i, first, least)


@lean
def stays_kink(work, here, i, jump, least):
    """Whether edge i, which is a kink where it begins, is one beyond each end on it."""
    n, ends, order, on = 0, work.ends, work.order, work.signs[i]
    for k in range(2 * here.length):
        order[n] = k
        n += ends[k].edge == i
    sort_ends(work, n)
    for k in range(n):
        chord = ends[order[k]].chord
        on ^= 1 << chord
        jump += work.steps[chord] * (1.0 if on >> chord & 1 else -1.0)
        if not abs(jump) > least:
            return False
    return True


@lean_inlined
def find_waiting(plan, walk, stacks, work, edges, net, here, on):
    """waits <- at which edges facets have to wait: all those that need not surely be kinks. Whether there are any."""
    list_signs(work, here, on)
    terms, some = most_terms(plan, walk, stacks, work, net, here), False
    for i in range(here.size):
        tag = stacks.polygons[here.start + i].tag
        task = task_at(edges, here, tag)
        if task == DECIDE:
            row = jumps_of(stacks, walk, net, place_of(tag) - 1)
            find_steps(plan, stacks, work, here, row)
            least = least_jump(plan, walk, work, tag, terms)
            task = PASS if is_kink(work, here, i, jump_at(walk, stacks, work, net, row), least) else FILE
        work.waits[i] = task == FILE
        some |= task == FILE
    return some


@lean
def file_border(plan, walk, stacks, work, edges, net, here, on, first):
    """The pieces of the border between ends wait for their neighbours; `first`: the part in which all units are off."""
    output, n, place = start_of(stacks, net, walk.depth), 2 * here.length, 0
    free, unused, filed = walk.free, walk.unused, 0
    if here.clean:
        add_layer(plan, walk, stacks, work, net, here)
    for k in range(n):
        work.order[k] = k
    sort_ends(work, n)
    weigh_outputs(plan, walk, stacks, work, net, here, output)
    outputs = add_up(stacks, work, net, here, output, on)
    for i in range(here.size):
        vertex, following = (
            stacks.polygons[here.start + i],
            stacks.polygons[here.start + (i + 1 if i + 1 < here.size else 0)],
        )
        x, y, tag = vertex.x, vertex.y, vertex.tag
        waits, axis, side = work.waits[i] if walk.decides else cut_of(tag) != 0, tag & 1, side_of(edges, tag)
        head, length = side.first, 0
        while place < n and work.ends[work.order[place]].edge == i:
            end = work.ends[work.order[place]]
            if waits:
                head, free, unused = file_piece(
                    edges, free, unused, head, axis, x, y, end.x, end.y, first + on, outputs
                )
                length += 1
            x, y, place, on = end.x, end.y, place + 1, on ^ 1 << end.chord
            outputs = add_up(stacks, work, net, here, output, on)
        if waits:
            side.first, free, unused = file_piece(
                edges, free, unused, head, axis, x, y, following.x, following.y, first + on, outputs
            )
            side.length += length + 1
            filed += length + 1
    walk.free, walk.unused = free, unused
    walk.spare -= filed
