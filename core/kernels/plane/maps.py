"""Pre-activations as affine maps z = a x + b y + c of the two inputs, layer by layer, for the cell at hand.

A map has four components: a, b, c, and the sum of the absolute terms that went into z, taken over the box: what its
rounding is measured by. Units that are on add their share to the next layer; a unit that is turned on later adds
1 - slope of it, a change of rank one. Each sum stands in a slot of its own and is never subtracted from, so that its
rounding is that of one sum of at most two terms a unit, wherever in the plane the cell lies and whatever came before.

Shapes: W holds W^[1], W^[2], …, each as blocks of LANES columns, row by row; z holds the slots of layer 0, 1, …, each
of four components of `padded` units.
"""

from core.kernels.jit import lean_inlined
from core.kernels.lanes import BYTES, Variable, fabs, fma, loop, traced, where

LANES = 8  # of a block: one vector of float64, or two, or four
WIDTH = BYTES // 8  # of a vector
EXACT = 2.0**53  # sums of integers up to here are not rounded
BIAS, BASE = 0, 1  # slots: the bias alone; with the units that are on all over the cell


@lean_inlined
def place(layer):
    """Where the maps of a layer begin."""
    return layer.first + 4 * layer.slot * layer.padded


@lean_inlined
def weigh(layer, z, walk, shares, unit, factor):
    """Share of the unit <- its map times the factor. shares: (4 padded,), one component after the other."""
    at, p = place(layer) + unit, layer.padded
    a, b, c = factor * z[at], factor * z[at + p], factor * z[at + 2 * p]
    shares[unit] = a
    shares[p + unit] = b
    shares[2 * p + unit] = c
    shares[3 * p + unit] = abs(a) * walk.reach_x + abs(b) * walk.reach_y + abs(c)


@traced
def weigh_units(z, at, p, reach_x, reach_y, gains, shares):
    """Shares of the p units whose maps begin at `at` <- their maps times their gains."""
    with loop(0, p, z.lanes) as j:
        a, b, c = (gains[j] * (z + at + k * p)[j] for k in range(3))
        for k, component in enumerate((a, b, c, fabs(a) * reach_x + fabs(b) * reach_y + fabs(c))):
            (shares + k * p)[j] = component


@lean_inlined
def weigh_all(layer, z, walk, shares, gains):
    """Shares of all units of the layer <- their maps times their gains."""
    weigh_units(z, place(layer), layer.padded, walk.reach_x, walk.reach_y, gains, shares)


@traced
def add_rows(W, start, before, z, source, target, p, shares, q, units, n):
    """z[target:] <- z[source:] plus the shares of n units, weighted by their rows of W; see `add_shares`."""
    vectors = range(0, LANES, z.lanes)
    with loop(0, p, LANES) as j:
        sums = [[Variable((z + source + k * p)[j + v]) for v in vectors] for k in range(4)]
        block = W + start + j * before
        with loop(0, n) as i:
            unit = units.one(i)
            weights = [block[unit * LANES + v] for v in vectors]
            for k in range(4):
                share = (shares + k * q).splat(unit)
                for w, total in zip(weights, sums[k], strict=True):
                    total.set(fma(fabs(w) if k == 3 else w, share, total.get()))
        for k in range(4):
            for v, total in zip(vectors, sums[k], strict=True):
                (z + target + k * p)[j + v] = total.get()


@lean_inlined
def add_shares(layers, W, z, shares, units, l, source, n):
    """The slot after `source` <- slot source of layer l plus shares of n units of layer l - 1; it holds from now on."""
    layer, before = layers[l], layers[l - 1]
    start = layer.first + 4 * source * layer.padded
    end = start + 4 * layer.padded
    add_rows(W, layer.weights, before.width, z, start, end, layer.padded, shares, before.padded, units, n)
    layer.slot = source + 1


@traced
def find_extremes(z, at, p, corners, m, snap, zone, bounds):
    """bounds <- what `extremes` says, and behind it two vectors: the least distances from the zone, the most terms."""
    nearest, largest = Variable(z.zeros().like(1.0)), Variable(z.zeros())
    with loop(0, p, z.lanes) as j:
        a, b, c, terms = ((z + at + k * p)[j] for k in range(4))
        start = fma(a, corners.splat(0), fma(b, corners.splat(1), c))
        high, low = Variable(start), Variable(start)
        with loop(1, m) as i:
            value = fma(a, corners.splat(2 * i), fma(b, corners.splat(2 * i + 1), c))
            high.set(where(value > high.get(), value, high.get()))
            low.set(where(value < low.get(), value, low.get()))
        bounds[j] = high.get() - snap * terms
        (bounds + p)[j] = -low.get() - snap * terms
        size, other = fabs(high.get()), fabs(low.get())
        distance = where(size < other, size, other) - zone * terms
        nearest.set(where(distance < nearest.get(), distance, nearest.get()))
        largest.set(where(terms > largest.get(), terms, largest.get()))
    (bounds + 2 * p)[0] = nearest.get()
    (bounds + 2 * p)[z.lanes] = largest.get()


@lean_inlined
def extremes(layer, z, walk, pool, start, m, zone, corners, bounds):
    """How far the units of the layer reach above and below zero at the m vertices, beyond rounding; bounds (2 padded,).

    Returns the least distance of an extreme value from the zone in which its sign is doubtful, below 0 if some is
    inside, and the largest sum of terms.
    """
    p, nearest, largest = layer.padded, 1.0, 0.0
    for i in range(m):
        corners[2 * i] = pool[start + i].x
        corners[2 * i + 1] = pool[start + i].y
    find_extremes(z, place(layer), p, corners, m, walk.snap, zone, bounds)
    for i in range(WIDTH):
        nearest, largest = min(nearest, bounds[2 * p + i]), max(largest, bounds[2 * p + WIDTH + i])
    return nearest, largest
