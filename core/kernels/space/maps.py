"""Pre-activations as affine maps of the inputs, on one cell: from layer to layer, at its vertices, to the outputs."""

import numpy as np

from core.kernels.jit import inlined, lean
from core.kernels.space.doubts import reason

LOOSE = 1e-12  # of a generous bound; what may merge is compared map by map afterwards, so that too much does no harm


@lean
def enter(layers, work, l):
    """Maps of layer l >= 1 from those of layer l - 1 and the signs of its units, without a trace of earlier cells."""
    before, row, q, d = layers.rows[l - 1], layers.rows[l], layers.widths[l], layers.reach.size
    for j in range(row, row + q):
        for k in range(d):
            work.a[j, k] = 0.0
        work.c[j] = layers.b[j]
        work.terms[j] = abs(layers.b[j])
    for i in range(layers.widths[l - 1]):
        gain, unit, w = work.gain[before + i], before + i, layers.weights[l] + i * q
        if gain == 0:
            continue
        size = abs(gain * work.c[unit])
        for k in range(d):
            size += abs(gain * work.a[unit, k]) * layers.reach[k]
        for j in range(q):
            weight = gain * layers.W[w + j]
            for k in range(d):
                work.a[row + j, k] += weight * work.a[unit, k]
            work.c[row + j] += weight * work.c[unit]
            work.terms[row + j] += abs(layers.W[w + j]) * size


@lean
def evaluate(layers, work, row, m):
    """values <- the unit's pre-activation at the m vertices, snapped to 0, or 0 for a reason; counts doubtful ones.

    Returns how many are above 0 and below.
    """
    nothing, doubted = layers.snap * work.terms[row], layers.doubt * work.terms[row]
    above, below, nearest = 0, 0, np.inf
    for i in range(m):
        z = work.c[row]
        for k in range(layers.reach.size):
            z += work.a[row, k] * work.cell.x[i, k]
        size = abs(z)
        nearest = min(nearest, size)
        above += z > nothing
        below += z < -nothing
        work.cut.values[i] = z if size > nothing else 0.0
    if nearest < doubted:
        above, below = reason(layers, work, row, m, above, below, doubted)
    return above, below


@inlined
def reckon_effects(layers, work):
    """effect <- d(read-out)/dA^[l] on the cell, for l = L - 1 down to 1."""
    last = layers.widths.size - 2
    for l in range(last, 0, -1):
        row, q, total = layers.rows[l], layers.widths[l], 0.0
        above, r, w = row + q, layers.widths[l + 1], layers.weights[l + 1]
        for k in range(r if l < last else 0):
            total += abs(work.gain[above + k] * work.effect[above + k]) * layers.largest[l + 1]
        for j in range(q):
            if l == last:
                work.effect[row + j] = layers.readout[j]
                total += abs(layers.readout[j])
                continue
            work.effect[row + j] = 0.0
            for k in range(r):
                work.effect[row + j] += layers.W[w + j * r + k] * work.gain[above + k] * work.effect[above + k]
        work.nothing[l] = LOOSE * total
