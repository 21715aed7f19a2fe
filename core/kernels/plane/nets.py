"""The network on a polygon: pre-activations as affine maps z = a x + b y + c of the two inputs.

A net has a column for each unit that may cut the polygon, layer by layer, and for the outputs. A slot holds the maps of
all columns, as far as the units that were looked at have added their shares to those of later layers; a unit that is
turned on later adds 1 - slope of its map, a change of rank one. Each sum stands in a slot of its own and is never
subtracted from, so that its rounding is that of one sum, wherever in the plane the cell lies and whatever came before.
The fourth component is what it is measured by: the sum of the absolute terms that went in, taken over the box.

M, (units, columns), holds the weights of a unit in all later pre-activations: also what it does to them by way of
units that are on all over the polygon and have no column any more. Net 0, of the first layer on the whole box, has a
column for every unit of every layer; shares are not added to it.

Shapes: matrices lie in blocks of LANES columns, row by row; a slot has four components of `padded` columns; shares are
(components, widest): those of maps each in its unit's place in the layer, those of forms in the order of the list.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.lanes import BYTES, Value, Variable, at, fabs, fma, loop, together, traced, where
from core.kernels.rounding import EXACT

LANES = 8  # of a block: one vector of float64, or two
WIDTH = BYTES // 8  # of a vector
COMPONENTS = 4  # of a map
MAP = (False, False, False, True)  # components of a map: of the last one, sizes are added


@lean_inlined
def start_of(stacks, net, l):
    """The first column of layer l."""
    return stacks.columns[net.starts + l]


@lean_inlined
def row_of_column(stacks, net, column):
    """The unit that a column is for, among all."""
    return stacks.columns[net.rows + column]


@lean_inlined
def exact_grain(plan, work, l):
    """A power of two that all maps of layer l are multiples of on the cell at hand, 0 if they were rounded."""
    return plan.layers[l].grain * work.exact[l]


@lean_inlined
def weigh(walk, work, z, p, i, factor):
    """The share of a layer's unit i <- its map, whose components are z[0], z[p], …, times the factor."""
    shares, widest = work.shares, walk.widest
    a, b, c = factor * z[0], factor * z[p], factor * z[2 * p]
    shares[i] = a
    shares[widest + i] = b
    shares[2 * widest + i] = c
    shares[3 * widest + i] = abs(a) * walk.reach_x + abs(b) * walk.reach_y + abs(c)


@traced
def weigh_layer(z, p, n, slope, bounds, q, reach_x, reach_y, shares):
    """The shares of n units <- their maps, times the slope where they reach below zero."""
    nothing = z.zeros()
    with loop(0, n, z.lanes) as j:
        factor = where(nothing < (bounds + q)[j], nothing.like(slope), nothing.like(1.0))
        a, b, c = (factor * (z + k * p)[j] for k in range(3))
        for k, component in enumerate((a, b, c, fabs(a) * reach_x + fabs(b) * reach_y + fabs(c))):
            (shares + k * q)[j] = component


def add(M, source, target, p, shares, q, units, n, sizes, first=None):
    """A block of target <- that of source plus the weighted shares, component by component, p apart and q apart.

    sizes: for each component, whether absolute values are added. The share of a unit stands where the unit does in the
    list, or, counted from the `first`, in its layer.
    """
    vectors = range(0, LANES, source.lanes)
    sums = [[Variable((source + k * p)[v]) for v in vectors] for k in range(len(sizes))]
    with loop(0, n) as i:
        unit = units.one(i)
        weights = [M[unit * LANES + v] for v in vectors]
        place = i if first is None else unit - first
        for k, size in enumerate(sizes):
            share = (shares + k * q).splat(place)
            for weight, total in zip(weights, sums[k], strict=True):
                total.set(fma(fabs(weight) if size else weight, share, total.get()))
    for k in range(len(sizes)):
        for v, total in zip(vectors, sums[k], strict=True):
            (target + k * p)[v] = total.get()


@traced
def add_rows(M, rows, source, target, p, first, end, shares, q, units, n, layer):
    """The columns from `first` to `end` of target <- those of source plus shares of n units, weighted by their rows.

    Their layer begins at column `layer`.
    """
    with loop(first, end, LANES) as j:
        add(M + j * rows, source + j, target + j, p, shares, q, units, n, MAP, layer)


@lean_inlined
def add_shares(walk, stacks, work, net, here, n):
    """A new slot holds from now on: that before it, plus shares of n units to the columns of later layers."""
    if here.net == 0:
        return
    p, numbers = net.padded, stacks.numbers
    first = start_of(stacks, net, here.layer + 1) // LANES * LANES
    source = at(numbers, here.slot)
    here.slot += 4 * p
    add_rows(
        at(numbers, net.weights), net.units, source, at(numbers, here.slot), p, first, p, work.shares, walk.widest,
        work.adding, n, start_of(stacks, net, here.layer),
    )  # fmt: skip


@lean
def add_layer(plan, walk, stacks, work, net, here):
    """Adds the shares of those units of the layer at hand that were listed when it was entered."""
    first = start_of(stacks, net, here.layer)
    size, slope, maps = start_of(stacks, net, here.layer + 1) - first, plan.layers[here.layer].slope, here.own + first
    if work.adding[size] > 0:
        weigh_layer(
            at(stacks.numbers, maps), net.padded, size, slope, work.bounds, walk.widest, walk.reach_x, walk.reach_y,
            work.shares,
        )  # fmt: skip
        add_shares(walk, stacks, work, net, here, work.adding[size])


@traced
def find_extremes(z, p, n, corners, m, snap, zone, bounds, q):
    """bounds <- what `extremes` says, and behind it a vector: the least distances from the zone."""
    nearest = Variable(z.zeros().like(1.0))
    with loop(0, n, z.lanes) as j:
        a, b, c, terms = ((z + k * p)[j] for k in range(4))
        high, low = reach(a, b, c, corners, m)
        bounds[j] = high - snap * terms
        (bounds + q)[j] = -low - snap * terms
        size, other = fabs(high), fabs(low)
        distance = where(size < other, size, other) - zone * terms
        nearest.set(where(distance < nearest.get(), distance, nearest.get()))
    (bounds + 2 * q)[0] = nearest.get()


def affine(a, b, c, x, y) -> Value:
    """a x + b y + c, rounded in one way wherever it is asked for: a sign has to be the same."""
    return fma(a, x, fma(b, y, c))


affine_at = traced(affine)


def reach(a, b, c, corners, m):
    """The largest and the smallest value at the m corners."""
    start = affine(a, b, c, corners.splat(0), corners.splat(1))
    high, low = Variable(start), Variable(start)
    with loop(1, m) as i:
        value = affine(a, b, c, corners.splat(2 * i), corners.splat(2 * i + 1))
        high.set(where(value > high.get(), value, high.get()))
        low.set(where(value < low.get(), value, low.get()))
    return high.get(), low.get()


@lean_inlined
def list_corners(stacks, work, here):
    """corners <- the coordinates of the vertices; their number."""
    for i in range(here.size):
        vertex = stacks.polygons[here.start + i]
        work.corners[2 * i] = vertex.x
        work.corners[2 * i + 1] = vertex.y
    return here.size


@lean_inlined
def extremes(walk, work, z, p, n, m, zone):
    """How far n units, whose maps z points at, reach above and below zero at the m corners, beyond rounding.

    bounds <- the reach above, and behind `widest` of them below. Returns the least distance of an extreme value from
    the zone in which its sign is doubtful, below 0 if some is inside: of these units and of what fills the last vector.
    """
    nearest, widest = 1.0, walk.widest
    find_extremes(z, p, n, work.corners, m, walk.snap, zone, work.bounds, widest)
    for i in range(WIDTH):
        nearest = min(nearest, work.bounds[2 * widest + i])
    return nearest


@lean
def are_exact(plan, z, p, l, n):
    """Whether the maps of n units of layer l, which z points at, are free of rounding if their inputs are so."""
    grain, largest = plan.layers[l].grain, 0.0
    for i in range(n if grain > 0 else 0):
        largest = max(largest, z[3 * p + i])
    return grain > 0 and largest <= EXACT * grain


@traced
def gather(source, p, columns, rows, target, step):
    """A vector in each row of target <- columns of the rows of source, which begin p apart; those of target, `step`."""
    listed = [columns.one(k) for k in range(target.lanes)]
    with loop(0, rows) as j:
        (target + j * step)[0] = together([(source + j * p).one(column) for column in listed])
