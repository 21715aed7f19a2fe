"""Pre-activations as affine maps z = a x + c of the one input, layer by layer, for the piece at hand.

A map has three components: a, c, and the sum of the absolute terms that went into z, taken over the box: what its
rounding is measured by. Nothing is ever subtracted from a map: it is a sum of at most two terms a unit, wherever on the
line the piece lies and whatever came before.

Shapes: W holds W^[1], W^[2], …, each in blocks of LANES columns, row by row, and z the slots of layer 1, 2, …, each of
three components of `padded` units.
"""

from core.kernels.jit import lean_inlined
from core.kernels.lanes import BYTES, Variable, fabs, fma, loop, traced, where

LANES = 8  # of a block: one vector of float64, or two; more sums than of two do not stay in the registers of AVX2
WIDTH = BYTES // 8  # of a vector
BIAS, FIRST = 0, 1  # slots: the bias alone; the leftmost piece


@lean_inlined
def slot(layer, number):
    """Where the maps of a slot of the layer begin."""
    return layer.first + 3 * number * layer.padded


@lean_inlined
def place(layer):
    """Where the maps of the layer that hold on the piece at hand begin."""
    return slot(layer, layer.slot)


@traced
def weigh(z, p, reach, slope, bounds, shares):
    """Shares of p units, whose maps z points at <- their maps times their gains; bounds as from `find_signs`.

    The gain is 1 above zero, `slope` below and on both sides, and 0 where the unit is zero.
    """
    nothing = z.zeros()
    with loop(0, p, z.lanes) as j:
        above, below = nothing < bounds[j], nothing < (bounds + p)[j]
        gain = where(below, nothing.like(slope), where(above, nothing.like(1.0), nothing))
        a, c = (gain * (z + k * p)[j] for k in range(2))
        for k, component in enumerate((a, c, fabs(a) * reach + fabs(c))):
            (shares + k * p)[j] = component


@traced
def add_rows(W, rows, source, target, p, shares, q, units, n):
    """Maps at `target` <- those at `source` plus the shares (3, q) of n units, weighted by their rows; p units here."""
    vectors = range(0, LANES, W.lanes)
    with loop(0, p, LANES) as j:
        block, sums = W + j * rows, [[Variable((source + k * p + j)[v]) for v in vectors] for k in range(3)]
        with loop(0, n) as i:
            unit = units.one(i)
            weights = [block[unit * LANES + v] for v in vectors]
            factors = [(shares + k * q).splat(unit) for k in range(3)]
            for weight, totals in zip(weights, zip(*sums, strict=True), strict=True):
                for k, (factor, total) in enumerate(zip(factors, totals, strict=True)):
                    total.set(fma(fabs(weight) if k == 2 else weight, factor, total.get()))
        for k in range(3):
            for v, total in zip(vectors, sums[k], strict=True):
                (target + k * p + j)[v] = total.get()


@traced
def add(source, target, n):
    """target <- target + source, n numbers."""
    with loop(0, n, source.lanes) as i:
        target[i] = target[i] + source[i]


@traced
def find_signs(z, p, left, right, snap, zone, bounds):
    """How far p units, whose maps z points at, reach above and below zero between two places, beyond rounding.

    bounds <- the reach above (p,), below (p,), and two vectors: the least distances of a value at an end from the zone
    in which its sign is doubtful, below 0 if some is inside, and the most terms.
    """
    nearest, largest = Variable(z.zeros().like(1.0)), Variable(z.zeros())
    with loop(0, p, z.lanes) as j:
        a, c, terms = ((z + k * p)[j] for k in range(3))
        here, there = (fma(a, z.zeros().like(x), c) for x in (left, right))
        high, low, rounding = where(here > there, here, there), where(here < there, here, there), snap * terms
        bounds[j] = high - rounding
        (bounds + p)[j] = -low - rounding
        size, other = fabs(high), fabs(low)
        distance = where(size < other, size, other) - zone * terms
        nearest.set(where(distance < nearest.get(), distance, nearest.get()))
        largest.set(where(terms > largest.get(), terms, largest.get()))
    (bounds + 2 * p)[0] = nearest.get()
    (bounds + 2 * p)[z.lanes] = largest.get()
