"""The pieces of a piecewise linear network of one input, from left to right, as an odometer counts.

An interval on which the first l - 1 layers are affine has z^[l] as affine maps; the units of layer l that change sign
inside are its points. Between two of them the first l layers are affine: an interval of the next layer, whose maps
differ from those on the other side of a point by one unit's share. So each layer keeps the interval at hand, its points
and the next layer's maps between them. Where no layer further down has a point left, the next point of this one is
passed. What is kept does not grow with the pieces, and each is the neighbour of the one before.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero. A unit that is zero at both ends
is zero on the interval; it is off, and its rounded map goes no further.
"""

from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.lanes import at, copy, fill
from core.kernels.line.doubts import is_doubtful
from core.kernels.line.maps import (
    BIAS,
    FIRST,
    LANES,
    WIDTH,
    add,
    add_rows,
    find_signs,
    place,
    slot,
    weigh,
)
from core.kernels.rounding import EXACT, MARGIN, ROUNDING, SAME_MAP
from core.kernels.signs import list_units


@lean_inlined
def put(point, l, unit, x, blur):
    """A point, field by field."""
    point.layer, point.unit, point.x, point.blur = l, unit, x, blur


@lean
def find_points(layer, z, sweep, points, bounds, both, found, adding, n, l, left, right):
    """points <- where units change sign between two points, from left to right; their number, and that of `adding`.

    A unit whose kink is no further inside than an end has the sign that it has between the ends.
    """
    p, first, n_points = layer.padded, place(layer), 0
    for j in both[:found]:
        a, c, terms = z[first + j], z[first + p + j], z[first + 2 * p + j]
        x = -c / a
        if left.x < x < right.x:
            i = n_points
            while i > 0 and points[i - 1].x > x:
                put(points[i], l, points[i - 1].unit, points[i - 1].x, points[i - 1].blur)
                i -= 1
            put(points[i], l, j, x, ROUNDING * terms / (abs(a) * sweep.reach))
            n_points += 1
        elif (a > 0) == (x <= left.x):
            bounds[p + j] = -1.0
            adding[n] = j
            n += layer.slope == 0
        else:
            bounds[j] = -1.0
    return n_points, n


@lean
def join_points(layers, z, sweep, points, n_points, l):
    """Points of layer l that coincide, in floating point or up to snapping, move to the x of the first."""
    first, p = place(layers[l]), layers[l].padded
    for k in range(1, n_points):
        point, before = points[k], points[k - 1]
        at_unit = first + point.unit
        sweep.doubtful += is_doubtful(layers, z, sweep, l, point.unit, before)
        if abs(z[at_unit] * before.x + z[at_unit + p]) <= sweep.snap * z[at_unit + 2 * p]:
            put(point, l, point.unit, before.x, before.blur)


@lean_inlined
def note(layer, bounds, on):
    """on <- which units of the layer are on in the leftmost piece, apart from those with a point."""
    for j in range(layer.width if len(on) > 0 else 0):
        on[layer.row + j] = (layer.kinked == 0) | ((bounds[j] > 0) > (bounds[layer.padded + j] > 0))


@lean_inlined
def weigh_one(layer, z, sweep, shares, unit):
    """Share of the unit <- what it adds on the on side of its point: its map times 1 - slope. Whether that is right."""
    at_unit, p, factor = place(layer) + unit, layer.padded, 1 - layer.slope
    a, c = factor * z[at_unit], factor * z[at_unit + p]
    shares[unit], shares[p + unit], shares[2 * p + unit] = a, c, abs(a) * sweep.reach + abs(c)
    return z[at_unit] > 0


@lean_inlined
def spread(layers, W, z, on, sweep, points, n_points, shares, adding, n, prefix, l):
    """The maps of layer l + 1 between the points of layer l, for units that add their shares all over, and the points.

    From the right end, a unit that is on left of its point is added there; then from the left, one that is on right.
    """
    layer, after = layers[l], layers[l + 1]
    weights, n_rows, p, q = at(W, after.weights), layer.width, layer.padded, after.padded
    end, step = slot(after, FIRST + n_points), 3 * q
    add_rows(weights, n_rows, at(z, slot(after, BIAS)), at(z, end), q, shares, p, adding, n)
    for k in range(n_points - 1, -1, -1):
        adding[0] = unit = points[k].unit
        right = weigh_one(layer, z, sweep, shares, unit)
        if len(on) > 0:
            on[layer.row + unit] = not right
        add_rows(weights, n_rows, at(z, end), at(z, end - step), q, shares, p, adding, 0 if right else 1)
        end -= step
    if n_points > 0:
        fill(prefix, step, 0)
    for k in range(n_points):
        adding[0] = unit = points[k].unit
        if z[place(layer) + unit] > 0:
            add_rows(weights, n_rows, prefix, prefix, q, shares, p, adding, 1)
        end += step
        add(prefix, at(z, end), step)


@lean_inlined
def enter(layers, W, z, on, sweep, points, ends, left, bounds, both, shares, adding, prefix, l):
    """Layer l on the piece at hand of the layers before: its points, and the next layer's maps between them."""
    layer, before = layers[l], layers[l - 1]
    layer.slot = FIRST + before.passed
    end = points[before.row + before.passed] if before.passed < before.points else ends[l - 1]
    right, own = ends[l], points[layer.row :]
    put(right, end.layer, end.unit, end.x, end.blur)
    p, nearest, largest, zone = layer.padded, 1.0, 0.0, sweep.doubt + max(left.blur, right.blur)
    find_signs(at(z, place(layer)), p, left.x, right.x, sweep.snap, zone, bounds)
    for i in range(WIDTH):
        nearest, largest = min(nearest, bounds[2 * p + i]), max(largest, bounds[2 * p + WIDTH + i])
    layer.exact = before.exact if largest <= EXACT * layer.grain else 0
    if nearest <= 0 and layer.kinked != 0:
        for j in range(layer.width):
            sweep.doubtful += is_doubtful(layers, z, sweep, l, j, left) | is_doubtful(layers, z, sweep, l, j, right)
    list_units(bounds, p, p, 0, layer.kinked, layer.slope, layer.slope, both, adding)
    layer.passed = 0
    layer.points, n = find_points(layer, z, sweep, own, bounds, both, both[p], adding, adding[p], l, left, right)
    join_points(layers, z, sweep, own, layer.points, l)
    note(layer, bounds, on)
    weigh(at(z, place(layer)), p, sweep.reach, layer.slope, bounds, shares)
    spread(layers, W, z, on, sweep, own, layer.points, shares, adding, n, prefix, l)


@lean_inlined
def pack(theta, start, n_rows, n, W, target):
    """W from `target` on <- blocks of LANES columns of the matrix of n columns that begins in theta at `start`."""
    for j in range(0, n, LANES):
        for i in range(start + j, start + j + n_rows * n, n):
            if j + LANES <= n:
                copy(at(theta, i), at(W, target), LANES)
            else:
                for k in range(LANES):
                    W[target + k] = theta[i + k] if j + k < n else 0.0
            target += LANES


@lean
def begin(layers, theta, W, z, sweep, shares, adding):
    """Weights of all layers in blocks, biases in their slots, and the maps of layer 1 right of the box's left limit."""
    start = 0
    for l in range(1, len(layers)):
        layer, n_rows = layers[l], layers[l - 1].width
        n, p, first = layer.width, layer.padded, slot(layer, BIAS)
        pack(theta, start, n_rows, n, W, layer.weights)
        start += n_rows * n
        for j in range(p):
            c = theta[start + j] if j < n else 0.0
            z[first + j], z[first + p + j], z[first + 2 * p + j] = 0.0, c, abs(c)
        start += n
    layer, q = layers[1], layers[0].padded
    shares[0], shares[q], shares[2 * q], adding[0] = 1.0, 0.0, sweep.reach, 0
    bias, target = at(z, slot(layer, BIAS)), at(z, slot(layer, FIRST + 1))
    add_rows(at(W, layer.weights), 1, bias, target, layer.padded, shares, q, adding, 1)


@lean_inlined
def advance(layers, points, on, left):
    """Passes the next point of the last layer that has one left, and what coincides; this layer, or -1 at the end."""
    l = len(layers) - 2
    while l >= 0 and layers[l].passed == layers[l].points:
        l -= 1
    if l < 0:
        return l
    layer = layers[l]
    own = points[layer.row :]
    point = own[layer.passed]
    put(left, point.layer, point.unit, point.x, point.blur)
    while layer.passed < layer.points and own[layer.passed].x == left.x:
        unit = layer.row + own[layer.passed].unit
        if len(on) > 0:
            on[unit] = not on[unit]
        layer.passed += 1
    return l


@lean_inlined
def meet(layer, z, sweep, last):
    """Counts the piece at hand, whose Z^[L] are the maps of the layer, and compares them with the last piece's."""
    first, p, apart = place(layer), layer.padded, 0.0
    for k in range(layer.width):
        a, c, terms = z[first + k], z[first + p + k], z[first + 2 * p + k]
        gap, size = abs(a - last[k]) * sweep.reach + abs(c - last[p + k]), terms + last[2 * p + k]
        apart = max(apart, gap / size if size > 0 else 0.0)
        last[k], last[p + k], last[2 * p + k] = a, c, terms
    if sweep.pieces > 0:
        sweep.doubtful += SAME_MAP / MARGIN < apart < SAME_MAP * MARGIN
    sweep.linear += sweep.pieces == 0 or apart > SAME_MAP
    sweep.pieces += 1


@lean_inlined
def keep(layer, z, on, sweep, left, n, x, region, patterns, maps):
    """Writes down the piece that was met, as the n-th of a batch."""
    first, p = place(layer), layer.padded
    x[n], region[n] = left.x, sweep.linear - 1
    for unit in range(patterns.shape[1]):
        patterns[n, unit] = on[1 + unit]
    for k in range(maps.shape[2]):
        maps[n, 0, k], maps[n, 1, k] = z[first + k], z[first + p + k]


@lean_entry
def sweep_on(sweeps, theta, on, layers, W, z, points, work, units, x, region, patterns, maps):
    """Meets the next pieces, as many as there is room for in x, or as are left: their number.

    All that is known stays in the arguments, so that the next call goes on.
    """
    sweep, left, outputs = sweeps[0], points[len(points) - 1], layers[len(layers) - 1]
    ends, bounds, shares, prefix, last = points[outputs.row :], work[0], work[1], work[2], work[3]
    both, adding = units[0], units[1]
    if sweep.pieces == 0:
        begin(layers, theta, W, z, sweep, shares, adding)
    for n in range(len(x)):
        passed = advance(layers, points, on, left)
        if passed < 0:
            return n
        for l in range(passed + 1, len(layers) - 1):
            enter(layers, W, z, on, sweep, points, ends, left, bounds, both, shares, adding, prefix, l)
        outputs.slot = FIRST + layers[len(layers) - 2].passed
        meet(outputs, z, sweep, last)
        keep(outputs, z, on, sweep, left, n, x, region, patterns, maps)
    return len(x)
