"""Pre-activations as affine maps z = a x + c of the one input, layer by layer, for the piece at hand.

A map has three components: a, c, and the sum of the absolute terms that went into z, taken over the box: what its
rounding is measured by. Nothing is ever subtracted from a map: it is a sum of at most two terms a unit, wherever on the
line the piece lies and whatever came before.

Shapes: W holds W^[1], W^[2], …, row by row, and z the slots of layer 1, 2, …, each of three components; of a row and
of a component there are `padded` units.
"""

from core.kernels.jit import lean_inlined
from core.kernels.lanes import BYTES, Variable, fabs, fma, loop, traced, where

LANES = 8  # a row is a multiple of: one vector of float64, or two
WIDTH = BYTES // 8  # of a vector
SOME = 4  # rows that are added together: their weights and shares fill the registers
EXACT = 2.0**53  # sums of integers up to here are not rounded
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
def add_rows(W, target, p, shares, q, units, n):
    """Maps at `target` += the shares (3, q) of n units, weighted by their rows of W; p units of this layer."""

    def add_some(first, count):
        some = [units.one(first + i) for i in range(count)]
        rows = [W + unit * p for unit in some]
        factors = [[(shares + k * q).splat(unit) for unit in some] for k in range(3)]
        with loop(0, p, target.lanes) as j:
            weights = [row[j] for row in rows]
            for k in range(3):
                total = (target + k * p)[j]
                for w, factor in zip(weights, factors[k], strict=True):
                    total = fma(fabs(w) if k == 2 else w, factor, total)
                (target + k * p)[j] = total

    whole = n // SOME * SOME
    with loop(0, whole, SOME) as i:
        add_some(i, SOME)
    with loop(whole, n) as i:
        add_some(i, 1)


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
