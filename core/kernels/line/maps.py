"""Pre-activations as affine maps z = a x + c of the one input, layer by layer, on each piece.

A map has three components: a, c, and the sum of the absolute terms that went into z, taken over the box: what its
rounding is measured by. Nothing is ever subtracted from a map: it is a sum of at most two terms a unit, wherever on the
line the piece lies and whatever came before.

Shapes: W holds W^[1], W^[2], …, each in blocks of LANES columns, row by row, and z the biases and slots of layer 1,
2, …, each of three components of `padded` units.
"""

from core.kernels.jit import lean_inlined
from core.kernels.lanes import BYTES, Variable, fabs, fma, loop, traced, where

LANES = 8  # of a block: one vector of float64, or two; more sums than of two do not stay in the registers of AVX2
WIDTH = BYTES // 8  # of a vector


@lean_inlined
def biases(layer):
    """Where the biases of the layer stand, as maps."""
    return layer.first


@lean_inlined
def slot(layer, piece):
    """Where the maps of the layer on a piece of its queue begin."""
    return layer.first + 3 * (1 + piece) * layer.padded


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


def add_blocks(block, sources, targets, p, shares, q, units, n):
    """Blocks of maps at the targets <- those at the sources plus the shares (3, q) of n units, by rows of one block."""
    vectors, components = range(0, LANES, block.lanes), range(3)
    sums = [[[Variable((source + k * p)[v]) for v in vectors] for k in components] for source in sources]
    with loop(0, n) as i:
        unit = units.one(i)
        weights = [block[unit * LANES + v] for v in vectors]
        for k in components:
            factors = [(own + k * q).splat(unit) for own in shares]
            weights = [fabs(weight) for weight in weights] if k == 2 else weights
            for factor, maps in zip(factors, sums, strict=True):
                for weight, total in zip(weights, maps[k], strict=True):
                    total.set(fma(weight, factor, total.get()))
    for target, maps in zip(targets, sums, strict=True):
        for k in components:
            for v, total in zip(vectors, maps[k], strict=True):
                (target + k * p)[v] = total.get()


@traced
def add_rows(W, rows, source, target, p, shares, q, units, n):
    """Maps at `target` <- those at `source` plus the shares (3, q) of n units, weighted by their rows; p units here."""
    with loop(0, p, LANES) as j:
        add_blocks(W + j * rows, [source + j], [target + j], p, [shares], q, units, n)


@traced
def add_rows_to_all(W, rows, source, z, targets, m, p, shares, q, units, n):
    """As `add_rows` to each of m targets, by where they begin in z, with shares (m, 3, q): two of them at a time."""
    with loop(0, p, LANES) as j, loop(0, m, 2) as i:
        both = [i, where(i + 1 < m, i + 1, i)]
        to = [z + targets.one(each) + j for each in both]
        add_blocks(W + j * rows, [source + j] * 2, to, p, [shares + each * 3 * q for each in both], q, units, n)


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
