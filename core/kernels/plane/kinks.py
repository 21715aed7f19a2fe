"""Edges across which the map of the outputs surely has a kink: there, one side decides, and no facet waits.

A unit u of the last but one hidden layer is off on one side of its edge, and on on the other. Units of the last hidden
layer are continuous, so the same ones are on on both sides, unless one is zero all along the edge. The maps of the
read-out thus differ by (1 - slope) z_u times

    M[u, out] + sum over the units k of the last hidden layer of g_k M[u, k] M[k, out],

g_k = 1 where k is on, or else its slope: the *jump*. The pattern on one side tells that it is not 0, and the side where
u is off is met first. Only where the jump may be 0 facets wait there, and then those on the other side do so too.
Whether a unit is zero along the edge has to be seen: one of the first layer is when the edge is cut, see forget_places;
one of the last when its layer is entered. So a net keeps the columns of units that are nothing but for u.

That is done where nothing but numbers is asked for, in networks of two hidden layers: with more of them, most edges are
those of units further below, whose jumps would have to go through several layers. A unit needs its row of M for it: so
the units of the border stay in a net as columns that never change. The *place* of an edge is 1 and this column.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.lanes import Variable, at, fma, loop, traced, where
from core.kernels.plane.nets import LANES, WIDTH, start_of
from core.kernels.plane.polygons import cut_of, moved, place_of, row_of

SURE_KINK = 1e-6  # of the terms of the read-out: a jump that is smaller is compared map by map
FILE, PASS, DECIDE = range(3)  # what is to be done at an edge: facets wait there, they need not, or it is not known yet


@lean
def forget_places(stacks, here):
    """No edge of the cell at hand may decide: some other unit may be zero along it."""
    for i in range(here.size):
        vertex = stacks.polygons[here.start + i]
        if vertex.tag < 0:
            vertex.tag = moved(vertex.tag, 0)


@lean_inlined
def task_at(edges, here, tag):
    """What is to be done at an edge of the cell at hand."""
    cut = cut_of(tag)
    if cut == 0:
        return PASS
    if place_of(tag) == 0:
        return FILE
    if tag > 0:  # as on the side that was met before
        return FILE if edges.sides[2 * cut].length > 0 else PASS
    return DECIDE if here.clean else FILE


@traced
def list_factors(bounds, q, n, slope, factors):
    """factors <- of n units what is passed on of their maps: the slope where they reach below zero, or else 1."""
    nothing = bounds.zeros()
    with loop(0, n, bounds.lanes) as j:
        factors[j] = where(nothing < (bounds + q)[j], nothing.like(slope), nothing.like(1.0))


@lean_inlined
def jumps_of(stacks, walk, net, column):
    """Where the row of a unit of the last but one hidden layer begins among the jumps of a net: behind M."""
    row = column - start_of(stacks, net, walk.depth - 2)
    return net.weights + net.units * net.padded + row * (net.padded + LANES)


@traced
def multiply(row, step, outward, first, end, jumps):
    """A row of jumps <- a row of M, in blocks `step` apart, times outward."""
    with loop(first, end, LANES) as j:
        for v in range(0, LANES, outward.lanes):
            (jumps + v)[j] = (row + j * step)[v] * (outward + v)[j]


@lean
def found_jumps(walk, stacks, work, new):
    """Writes the jumps of a net: M[u, k] M[k, out] of each unit u of the last but one hidden layer, k in its column.

    At the end of the row, M[u, out]. In one more row, the sizes of all M[k, out].
    """
    z, n, p, l, outward = stacks.numbers, new.units, new.padded, walk.depth - 1, work.gains
    first, end, column = start_of(stacks, new, l), start_of(stacks, new, l + 1), new.weights + n // LANES * n * LANES
    low = first // LANES * LANES
    for k in range(low, end + LANES):
        outward[k] = z[column + k * LANES + n % LANES] if first <= k < end else 0.0
    for unit in range(start_of(stacks, new, l - 1), first):
        row = jumps_of(stacks, walk, new, unit)
        multiply(at(z, new.weights + unit * LANES), n, outward, low, end, at(z, row))
        z[row + p] = z[column + unit * LANES + n % LANES]
    row = jumps_of(stacks, walk, new, first)
    for k in range(low, end + LANES):
        z[row + k] = abs(outward[k])


@traced
def add_products(one, other, first, end, found):
    """found, a vector <- the sum of products."""
    total = Variable(one.zeros())
    with loop(first, end, one.lanes) as j:
        total.set(fma(one[j], other[j], total.get()))
    found[0] = total.get()


@lean_inlined
def sum_of(walk, stacks, work, net, row, others):
    """The sum of products of a row of jumps and other numbers, which each stand in their column."""
    first, end, total = start_of(stacks, net, walk.depth - 1), start_of(stacks, net, walk.depth), 0.0
    add_products(at(stacks.numbers, row), others, first // LANES * LANES, end, work.found)
    for i in range(WIDTH):
        total += work.found[i]
    return total


@lean_inlined
def jump_at(walk, stacks, work, net, row):
    """What a unit is to the read-out by way of the cell at hand; `row`: its jumps."""
    return stacks.numbers[row + net.padded] + sum_of(walk, stacks, work, net, row, at(work.factors, 0))


@lean_inlined
def most_terms(plan, walk, stacks, work, net, here):
    """A bound of the sum of the absolute terms of the read-out on the cell at hand, whichever units are on."""
    z, p, output = stacks.numbers, net.padded, start_of(stacks, net, walk.depth)
    row, largest = jumps_of(stacks, walk, net, start_of(stacks, net, 2)), max(1.0, abs(plan.layers[here.layer].slope))
    return z[here.slot + output + 3 * p] + largest * sum_of(walk, stacks, work, net, row, at(z, here.own + 3 * p))


@lean_inlined
def least_jump(plan, walk, work, tag, terms):
    """From where on a jump, a slope by z_u, is surely a kink; `terms`: those of the read-out on the cell at hand."""
    reach = abs(1 - plan.layers[walk.depth - 2].slope) * work.lines[row_of(tag)].size
    return SURE_KINK * (terms / reach + plan.paths[row_of(tag) - plan.layers[1].row])
