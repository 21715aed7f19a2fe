"""The pieces of a piecewise linear network of one input, from left to right, refined layer by layer.

On a piece of layer l the layers before it are affine, and so z^[l] is. The units of layer l that change sign inside are
its kinks. Between two of them layer l is affine too: a piece of layer l + 1, whose maps differ from those on the other
side of a kink by one unit's share. So each layer has a queue of adjacent pieces, and a few of them at a time, which
share the pass over the weights, are made into the queue of the next layer. Whichever layer is last among those with
pieces left goes on: those of the outputs come from left to right, and what is kept does not grow with their number.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero. A unit that is zero at both ends
is zero on the piece; it is off, and its rounded map goes no further.
"""

from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.lanes import at, copy, fill
from core.kernels.line.doubts import is_doubtful
from core.kernels.line.maps import (
    LANES,
    WIDTH,
    add,
    add_rows,
    add_rows_to_all,
    biases,
    find_signs,
    slot,
    weigh,
)
from core.kernels.rounding import EXACT, MARGIN, ROUNDING, SAME_MAP
from core.kernels.signs import list_units

AT_ONCE = 8  # pieces that share a pass over the weights


@lean_inlined
def put(point, other):
    """A point <- another one: where it is, and what changes sign there."""
    point.unit, point.place, point.padded = other.unit, other.place, other.padded
    point.x, point.blur, point.grain = other.x, other.blur, other.grain


@lean
def find_kinks(layer, z, own, grain, sweep, kinks, start, bounds, both, found, left, right):
    """kinks[start:] <- where units change sign between two points, from left to right; where they end.

    A unit whose kink is no further inside than an end has the sign that it has between the ends.
    """
    p, end = layer.padded, start
    for j in both[:found]:
        a, c, terms = z[own + j], z[own + p + j], z[own + 2 * p + j]
        x = -c / a
        if left.x < x < right.x:
            i = end
            while i > start and kinks[i - 1].x > x:
                put(kinks[i], kinks[i - 1])
                i -= 1
            kink = kinks[i]
            kink.unit, kink.place, kink.padded, kink.grain = j, own + j, p, grain
            kink.x, kink.blur = x, ROUNDING * terms / (abs(a) * sweep.reach)
            end += 1
        elif (a > 0) == (x <= left.x):
            bounds[p + j] = -1.0
        else:
            bounds[j] = -1.0
    return end


@lean
def join_kinks(z, sweep, kinks, start, end):
    """Kinks that coincide, in floating point or up to snapping, move to the x of the first."""
    for k in range(start + 1, end):
        kink, before = kinks[k], kinks[k - 1]
        at_unit, p = kink.place, kink.padded
        sweep.doubtful += is_doubtful(sweep, z, at_unit, p, kink.grain, before)
        if abs(z[at_unit] * before.x + z[at_unit + p]) <= sweep.snap * z[at_unit + 2 * p]:
            kink.x, kink.blur = before.x, before.blur


@lean_inlined
def count_doubts(layer, z, own, grain, sweep, left, right):
    """Counts the units whose value at an end of the piece is too near zero, and not for a reason."""
    for j in range(layer.width):
        for end in (left, right):
            sweep.doubtful += is_doubtful(sweep, z, own + j, layer.padded, grain, end)


@lean_inlined
def add_piece(layer, after, points, on, left, exact):
    """A piece of the next layer's queue, from this point on; the patterns on it are those of the piece before."""
    child, marks, width = points[after.queue + after.pieces], after.marks + after.pieces * layer.width, layer.width
    put(child, left)
    child.piece, child.exact = layer.passed, exact
    if len(on) > 0 and after.pieces > 0:
        for j in range(width):
            on[marks + j] = on[marks - width + j]
    after.pieces += 1
    return marks


@lean_inlined
def add_pieces(layer, after, z, points, on, bounds, kinks, start, end, left, exact):
    """The pieces between kinks[start:end] join the next layer's queue, with the patterns of this layer on them."""
    marks = add_piece(layer, after, points, on, left, exact)
    for j in range(layer.width if len(on) > 0 else 0):
        on[marks + j] = (layer.kinked == 0) | ((bounds[j] > 0) > (bounds[layer.padded + j] > 0))
    for k in range(start if len(on) > 0 else end, end):
        on[marks + kinks[k].unit] = z[kinks[k].place] < 0
    x = left.x
    for k in range(start, end):
        if kinks[k].x > x:
            x = kinks[k].x
            marks = add_piece(layer, after, points, on, kinks[k], exact)
        if len(on) > 0:
            on[marks + kinks[k].unit] = z[kinks[k].place] > 0
        kinks[k].piece = after.pieces - 1


@lean_inlined
def weigh_one(layer, z, sweep, kink, shares):
    """Share of the kink's unit <- what it adds where it is on: its map times 1 - slope. Whether that is right."""
    p, unit, factor = layer.padded, kink.unit, 1 - layer.slope
    a, c = factor * z[kink.place], factor * z[kink.place + p]
    shares[unit], shares[p + unit], shares[2 * p + unit] = a, c, abs(a) * sweep.reach + abs(c)
    return z[kink.place] > 0


@lean
def spread(layer, after, W, z, sweep, kinks, start, end, target, shares, adding, prefix):
    """The next layer's maps between kinks[start:end], from those at `target`, of the rightmost piece, without kinks.

    From there to the left, units that are on left of their kinks are added; then from the left, those on right.
    """
    weights, rows, p, q = at(W, after.weights), layer.width, layer.padded, after.padded
    step, k = 3 * q, end - 1
    while k >= start:
        n, piece = 0, kinks[k].piece
        while k >= start and kinks[k].piece == piece:
            adding[n] = kinks[k].unit
            n += not weigh_one(layer, z, sweep, kinks[k], shares)
            k -= 1
        add_rows(weights, rows, at(z, target), at(z, target - step), q, shares, p, adding, n)
        target -= step
    fill(prefix, step if end > start else 0, 0)
    k = start
    while k < end:
        n, piece = 0, kinks[k].piece
        while k < end and kinks[k].piece == piece:
            adding[n] = kinks[k].unit
            n += z[kinks[k].place] > 0
            k += 1
        if n > 0:
            add_rows(weights, rows, prefix, prefix, q, shares, p, adding, n)
        target += step
        add(prefix, at(z, target), step)


@lean_inlined
def extremes(layer, z, own, sweep, left, right, bounds):
    """The least distance of a value at an end from the zone of doubt, the largest sum of terms; see `find_signs`."""
    p, nearest, largest = layer.padded, 1.0, 0.0
    zone = sweep.doubt + max(left.blur, right.blur)
    find_signs(at(z, own), p, left.x, right.x, sweep.snap, zone, bounds)
    for i in range(WIDTH):
        nearest, largest = min(nearest, bounds[2 * p + i]), max(largest, bounds[2 * p + WIDTH + i])
    return nearest, largest


@lean_inlined
def refine(layers, W, z, on, sweep, points, kinks, work, lists, shares, l):
    """The next pieces of layer l, cut at their kinks, become the queue of layer l + 1, with its maps on them."""
    layer, after, bounds, used, prefix = layers[l], layers[l + 1], work[0], work[1], work[2]
    both, adding, ends, targets = lists[0], lists[1], lists[2], lists[3]
    p, m, end = layer.padded, 0, 0
    after.pieces = after.passed = 0
    fill(used, p, 0)
    while m < AT_ONCE and layer.passed < layer.pieces:
        left, right = points[layer.queue + layer.passed], points[layer.queue + layer.passed + 1]
        own, start = slot(layer, layer.passed), end
        nearest, largest = extremes(layer, z, own, sweep, left, right, bounds)
        list_units(bounds, p, p, 0, layer.kinked, layer.slope, layer.slope, both, adding)
        if start + m + both[p] >= after.room:
            break
        exact = left.exact if largest <= EXACT * layer.grain else 0
        grain = exact * layer.grain
        if nearest <= 0 and layer.kinked != 0:
            count_doubts(layer, z, own, grain, sweep, left, right)
        end = find_kinks(layer, z, own, grain, sweep, kinks, start, bounds, both, both[p], left, right)
        join_kinks(z, sweep, kinks, start, end)
        add_pieces(layer, after, z, points, on, bounds, kinks, start, end, left, exact)
        weigh(at(z, own), p, sweep.reach, layer.slope, bounds, at(shares, 3 * p * m))
        add(at(shares, 3 * p * m + 2 * p), used, p)
        ends[m], targets[m] = end, slot(after, after.pieces - 1)
        layer.passed += 1
        m += 1
    put(points[after.queue + after.pieces], points[layer.queue + layer.passed])
    n = start = 0
    for j in range(p):
        adding[n] = j
        n += used[j] > 0
    source, weights = at(z, biases(after)), at(W, after.weights)
    add_rows_to_all(weights, layer.width, source, z, targets, m, after.padded, shares, p, adding, n)
    for i in range(m):
        spread(layer, after, W, z, sweep, kinks, start, ends[i], targets[i], shares[3 * p * i :], adding, prefix)
        start = ends[i]


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
    """Weights of all layers in blocks, biases in their slots, and the maps of layer 1 on the box."""
    start = 0
    for l in range(1, len(layers)):
        layer, n_rows = layers[l], layers[l - 1].width
        n, p, first = layer.width, layer.padded, biases(layer)
        pack(theta, start, n_rows, n, W, layer.weights)
        start += n_rows * n
        for j in range(p):
            c = theta[start + j] if j < n else 0.0
            z[first + j], z[first + p + j], z[first + 2 * p + j] = 0.0, c, abs(c)
        start += n
    layer, q = layers[1], layers[0].padded
    shares[0], shares[q], shares[2 * q], adding[0] = 1.0, 0.0, sweep.reach, 0
    bias, target = at(z, biases(layer)), at(z, slot(layer, 0))
    add_rows(at(W, layer.weights), 1, bias, target, layer.padded, shares, q, adding, 1)


@lean_inlined
def goes_on(layers, W, z, on, sweep, points, kinks, work, lists, shares):
    """Whether the outputs have a piece left, once layers before them have been refined as far as it takes."""
    outputs = len(layers) - 1
    while layers[outputs].passed == layers[outputs].pieces:
        l = outputs - 1
        while l > 0 and layers[l].passed == layers[l].pieces:
            l -= 1
        if l == 0:
            return False
        refine(layers, W, z, on, sweep, points, kinks, work, lists, shares, l)
    return True


@lean_inlined
def meet(layer, z, sweep, last):
    """Counts the piece at hand, whose Z^[L] are the maps of the layer, and compares them with the last piece's."""
    first, p, apart = slot(layer, layer.passed), layer.padded, 0.0
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
def keep(layers, z, on, sweep, points, n, x, region, patterns, maps):
    """Writes down the piece that was met, as the n-th of a batch."""
    outputs = layers[len(layers) - 1]
    i, first, p = outputs.passed, slot(outputs, outputs.passed), outputs.padded
    x[n], region[n] = points[outputs.queue + i].x, sweep.linear - 1
    for k in range(maps.shape[2]):
        maps[n, 0, k], maps[n, 1, k] = z[first + k], z[first + p + k]
    for l in range(len(layers) - 1 if patterns.shape[1] > 0 else 1, 1, -1):
        before = layers[l - 1]
        for j in range(before.width):
            patterns[n, before.row - 1 + j] = on[layers[l].marks + i * before.width + j]
        i = points[layers[l].queue + i].piece


@lean_entry
def sweep_on(sweeps, theta, on, layers, W, z, points, kinks, work, lists, shares, x, region, patterns, maps):
    """Meets the next pieces, as many as there is room for in x, or as are left: their number.

    All that is known stays in the arguments, so that the next call goes on.
    """
    sweep, outputs = sweeps[0], layers[len(layers) - 1]
    if sweep.pieces == 0:
        begin(layers, theta, W, z, sweep, shares, lists[1])
    for n in range(len(x)):
        if not goes_on(layers, W, z, on, sweep, points, kinks, work, lists, shares):
            return n
        meet(outputs, z, sweep, work[3])
        keep(layers, z, on, sweep, points, n, x, region, patterns, maps)
        outputs.passed += 1
    return len(x)
