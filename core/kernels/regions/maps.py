"""Pre-activations as affine maps z = a x + b y + c of the two inputs, layer by layer, for the cell at hand.

A map has four components: a, b, c, and the sum of the absolute terms that went into z, taken over the box: what its
rounding is measured by. Units that are on add their share to the next layer; a unit that is turned on later adds
1 - slope of it, a change of rank one. Each sum stands in a slot of its own and is never subtracted from, so that its
rounding is that of one sum of at most two terms a unit, wherever in the plane the cell lies and whatever came before.

Shapes: W holds W^[1], W^[2], …, each as blocks of LANES columns, row by row; z holds the slots of layer 0, 1, …, each
of four components of `padded` units.
"""

from core.kernels.jit import inlined
from core.kernels.lanes import BYTES, broadcast, fma, larger, least, load, magnitude, negative, smaller, store

LANES = BYTES // 8  # all is reckoned in float64
EXACT = 2.0**53  # sums of integers up to here are not rounded
BIAS, BASE = 0, 1  # slots: the bias alone; with the units that are on all over the cell


@inlined
def place(layer):
    """Where the maps of a layer begin."""
    return layer.first + 4 * layer.slot * layer.padded


@inlined
def weigh(layer, z, walk, shares, unit, factor):
    """Share of the unit <- its map times the factor. shares: (4 padded,), one component after the other."""
    at, p = place(layer) + unit, layer.padded
    a, b, c = factor * z[at], factor * z[at + p], factor * z[at + 2 * p]
    shares[unit] = a
    shares[p + unit] = b
    shares[2 * p + unit] = c
    shares[3 * p + unit] = abs(a) * walk.reach_x + abs(b) * walk.reach_y + abs(c)


@inlined
def weigh_all(layer, z, walk, shares, gains):
    """Shares of all units of the layer <- their maps times their gains."""
    at, p = place(layer), layer.padded
    reach_x, reach_y = broadcast(walk.reach_x), broadcast(walk.reach_y)
    for j in range(0, p, LANES):
        gain, nothing = load(gains, j), broadcast(0.0)
        a, b, c = fma(gain, load(z, at + j), nothing), fma(gain, load(z, at + p + j), nothing), load(z, at + 2 * p + j)
        c = fma(gain, c, nothing)
        store(shares, j, a)
        store(shares, p + j, b)
        store(shares, 2 * p + j, c)
        store(shares, 3 * p + j, fma(magnitude(a), reach_x, fma(magnitude(b), reach_y, magnitude(c))))


@inlined
def add_shares(layers, W, z, shares, units, l, source, n):
    """The slot after `source` <- slot source of layer l plus shares of n units of layer l - 1; it holds from now on."""
    layer, before, q = layers[l], layers[l - 1].width, layers[l - 1].padded
    p = layer.padded
    start = layer.first + 4 * source * p
    end = start + 4 * p
    for j in range(0, p, LANES):
        weights = layer.weights + j * before
        a, b, c, terms = (
            load(z, start + j),
            load(z, start + p + j),
            load(z, start + 2 * p + j),
            load(z, start + 3 * p + j),
        )
        for k in range(n):
            unit = units[k]
            w = load(W, weights + LANES * unit)
            a = fma(w, broadcast(shares[unit]), a)
            b = fma(w, broadcast(shares[q + unit]), b)
            c = fma(w, broadcast(shares[2 * q + unit]), c)
            terms = fma(magnitude(w), broadcast(shares[3 * q + unit]), terms)
        store(z, end + j, a)
        store(z, end + p + j, b)
        store(z, end + 2 * p + j, c)
        store(z, end + 3 * p + j, terms)
    layer.slot = source + 1


@inlined
def extremes(layer, z, walk, pool, start, m, zone, bounds):
    """How far the units of the layer reach above and below zero at the m vertices, beyond rounding; bounds (2 padded,).

    Returns the least distance of an extreme value from the zone in which its sign is doubtful, below 0 if some is
    inside, and the largest sum of terms.
    """
    at, p = place(layer), layer.padded
    snap, zone, nearest, largest = broadcast(-walk.snap), broadcast(-zone), broadcast(1.0), broadcast(0.0)
    for j in range(0, p, LANES):
        a, b, c = load(z, at + j), load(z, at + p + j), load(z, at + 2 * p + j)
        high = fma(a, broadcast(pool[start].x), fma(b, broadcast(pool[start].y), c))
        low = high
        for i in range(start + 1, start + m):
            value = fma(a, broadcast(pool[i].x), fma(b, broadcast(pool[i].y), c))
            high, low = larger(value, high), smaller(value, low)
        terms = load(z, at + 3 * p + j)
        store(bounds, j, fma(snap, terms, high))
        store(bounds, p + j, fma(snap, terms, negative(low)))
        nearest = smaller(nearest, fma(zone, terms, smaller(magnitude(high), magnitude(low))))
        largest = larger(largest, terms)
    return least(nearest), -least(negative(largest))
