"""Cells of a piecewise linear network in d dimensions, depth first: an explicit stack, one map per layer.

A cell is a polytope on which every layer so far is affine. Entering layer l computes its pre-activations as maps
a x + c; a unit cuts the cell where it takes both signs at the vertices. One half goes on the stack, the other goes on
with the units that cut the whole. A half shares the layer's maps and the signs settled before with its sibling, so the
stack holds polytopes and lists of units, and no patterns.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero: the vertex lies on the unit's
hyperplane. A unit that is zero at every vertex is zero on the cell; it is off, and its rounded map goes no further.

Cells meet facet to facet: units are continuous, so beyond a facet those that are not zero along it keep their signs,
and those that are take one sign each. A facet thus has a name that both its cells know: the signs of all units, 0 for
those that vanish on it. The exclusive or of a random key per unit and sign stands for the name.
"""

from typing import NamedTuple

import numpy as np

from core.kernels.jit import inlined, lean, lean_entry
from core.kernels.space.bitsets import free_slot, holds, include
from core.kernels.space.polytopes import Cut, Polytopes, copy_vertices, find_edges, halve, tidy

DONE, PAUSED, STACK_FULL, CELL_FULL, FACETS_FULL, KEPT_FULL, MET = range(7)
COUNTED, FRAMES, POINTS, PENDING, KEPT, KEPT_FACETS, DOUBTS = range(7)  # places in Work.tally
FIRST, WHOLE = np.int64(0), np.int64(-1)  # with a literal for an argument Numba compiles a function once more
BOX, SEVERAL = -1, -2  # instead of a unit: a facet of the box, a facet along which several units are zero
ZERO, ABOVE, BELOW = range(3)  # signs, as places in Layers.keys
LOOSE = 1e-12  # of a generous bound; what may merge is compared map by map afterwards, so that too much does no harm
DOUBT = 10.0  # times the snap: a value below, other than 0 itself, needs a reason to be zero


class Layers(NamedTuple):
    """The network; rows of one flat axis are units, layer after layer, the inputs first."""

    widths: np.ndarray  # (L + 1,), int64
    rows: np.ndarray  # (L + 1,), int64: where the units of each layer begin
    weights: np.ndarray  # (L + 1,), int64: where W^[l] begins; weights[0] is not read
    W: np.ndarray  # W^[1], W^[2], …, each row-major
    largest: np.ndarray  # (L + 1,): the largest |weight| of each layer; largest[0] is not read
    b: np.ndarray  # (rows,); 0 for the inputs
    slopes: np.ndarray  # (L,): slope of the negative side of each layer; slopes[0] is not read
    kinked: np.ndarray  # (L,), bool; a layer without a kink is the identity
    readout: np.ndarray  # (n_(L-1),): a generic combination of the columns of W^[L]
    reach: np.ndarray  # (d,): largest |x_i| in the box
    keys: np.ndarray  # (rows, 3), uint64
    snap: float


class Facets(NamedTuple):
    """What is known of a cell's facets: of one cell, or of many with a leading axis."""

    used: np.ndarray  # (…, words), uint64: the slots that are taken
    unit: np.ndarray  # (…, slots), int64: row of the unit that is zero along the facet, BOX or SEVERAL
    key: np.ndarray  # (…, slots), uint64: the facet's name, but for that of the cell


class Work(NamedTuple):
    """The cell at hand, and what is known of its units."""

    tally: np.ndarray  # (7,), int64
    a: np.ndarray  # (rows, d): z = a x + c
    c: np.ndarray  # (rows,)
    terms: np.ndarray  # (rows,): the sum of absolute terms of z over the box
    gain: np.ndarray  # (rows,): df/dz, and 0 for a unit that is zero
    sign: np.ndarray  # (rows,), int64: ZERO, ABOVE or BELOW
    effect: np.ndarray  # (rows,): of a unit's activation on the read-out
    nothing: np.ndarray  # (L + 1,): effects of a layer that may be rounding
    pending: np.ndarray  # (widest,), int64: units that may cut
    cell: Polytopes
    facets: Facets
    cut: Cut
    shared: np.ndarray  # (slots, words), uint64


class Stack(NamedTuple):
    """Halves that wait."""

    cells: Polytopes
    facets: Facets
    pending: np.ndarray  # (capacity,), int64
    frames: np.ndarray  # (frames, 4), int64: layer, unit that cut it off or -1, number of points, of pending units


class Kept(NamedTuple):
    """Cells that are kept, and their facets across which the map may go on."""

    maps: np.ndarray  # (cells, d + 2, n_L): a and c of Z^[L], and the sum of absolute terms
    key: np.ndarray  # (facets,), uint64
    owner: np.ndarray  # (facets,), int64


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


@inlined
def begin(layers, work, l):
    """Enters layer l; its number of units that may cut the cell."""
    enter(layers, work, l)
    for j in range(layers.widths[l]):
        work.pending[j] = j
        if not layers.kinked[l]:
            work.gain[layers.rows[l] + j] = 1.0
    return layers.widths[l] if layers.kinked[l] else 0


@inlined
def is_origin(layers, work, i):
    """Whether vertex i is the origin, up to rounding."""
    apart = 0
    for k in range(layers.reach.size):
        apart += abs(work.cell.x[i, k]) > DOUBT * layers.snap * layers.reach[k]
    return apart == 0


@lean
def evaluate(layers, work, row, m):
    """values <- the unit's pre-activation at the m vertices, snapped to 0; how many are above 0 and below.

    near <- where rounding may have chosen the sign. It has not where the unit and the vertex are zero altogether: all
    that has no constant term meets at the origin.
    """
    nothing, above, below = layers.snap * work.terms[row], 0, 0
    for i in range(m):
        z = work.c[row]
        for k in range(layers.reach.size):
            z += work.a[row, k] * work.cell.x[i, k]
        size = abs(z)
        work.cut.near[i] = size > 0 and size < nothing * DOUBT
        if work.cut.near[i] and work.c[row] == 0:
            work.cut.near[i] = not is_origin(layers, work, i)
        above += z > nothing
        below += z < -nothing
        work.cut.values[i] = z if size > nothing else 0.0
    return above, below


@inlined
def settle(layers, work, l, m, q):
    """Signs of those of the q pending units that do not cut the cell; the others move to the front: their number."""
    cutting = 0
    for k in range(q):
        row = layers.rows[l] + work.pending[k]
        above, below = evaluate(layers, work, row, m)
        if above > 0 and below > 0:
            work.pending[cutting] = work.pending[k]
            cutting += 1
            continue
        work.sign[row] = ABOVE if above > 0 else BELOW if below > 0 else ZERO
        work.gain[row] = 1.0 if above > 0 else layers.slopes[l] if below > 0 else 0.0
        if m - above - below >= layers.reach.size:
            mark_zeros(layers, work, row, m)
        for i in range(m if above + below > 0 else 0):
            work.tally[DOUBTS] += work.cut.near[i]
    return cutting


@inlined
def mark_zeros(layers, work, row, m):
    """Notes the unit at the facets along which it is zero, at every vertex: there it is zero for a reason."""
    facets, cut, on = work.facets, work.cut, work.cell.on
    for slot in range(facets.unit.size):
        beside = 0
        for i in range(m):
            beside += cut.values[i] != 0 and holds(on[i], slot)
        if holds(facets.used, slot) and beside == 0:
            for i in range(m):
                cut.near[i] = cut.near[i] and not holds(on[i], slot)
            if facets.unit[slot] != BOX:
                facets.unit[slot] = SEVERAL
                facets.key[slot] ^= layers.keys[row, work.sign[row]] ^ layers.keys[row, ZERO]


@inlined
def split(layers, work, stack, l, m, q, n):
    """Cuts the cell by its first pending unit along n edges; the lower half goes on the stack, the upper stays.

    Returns its numbers m, q.
    """
    tally, facets, unit = work.tally, work.facets, work.pending[0]
    row, start, slot = layers.rows[l] + unit, tally[POINTS], free_slot(facets.used)
    for k in range(1, q):
        work.pending[k - 1] = work.pending[k]
    include(facets.used, slot)
    facets.unit[slot] = row
    below, above = halve(work.cell, work.cut, m, n, slot, stack.cells, start)
    facets.key[slot] = layers.keys[row, BELOW] ^ layers.keys[row, ZERO]
    file(work, stack, l, unit, below, q - 1)
    tidy(stack.cells, start, below, stack.facets.used[tally[FRAMES] - 1], work.shared)
    facets.key[slot] = layers.keys[row, ABOVE] ^ layers.keys[row, ZERO]
    tidy(work.cell, FIRST, above, facets.used, work.shared)
    work.sign[row] = ABOVE
    work.gain[row] = 1.0
    return above, q - 1


@lean
def copy(source, first, target, start, n):
    """n numbers of source, from the first, to target[start:]."""
    for k in range(n):
        target[start + k] = source[first + k]


@lean
def copy_facets(used, unit, key, target_used, target_unit, target_key):
    """What is known of the facets of a cell."""
    copy(used, FIRST, target_used, FIRST, used.size)
    copy(unit, FIRST, target_unit, FIRST, unit.size)
    copy(key, FIRST, target_key, FIRST, key.size)


@lean
def file(work, stack, l, unit, m, q):
    """A frame for the m points that are on the stack already, with the q pending units and the facets at hand."""
    tally, frame = work.tally, work.tally[FRAMES]
    copy(work.pending, FIRST, stack.pending, tally[PENDING], q)
    copy_facets(
        work.facets.used,
        work.facets.unit,
        work.facets.key,
        stack.facets.used[frame],
        stack.facets.unit[frame],
        stack.facets.key[frame],
    )
    stack.frames[frame, 0] = l
    stack.frames[frame, 1] = unit
    stack.frames[frame, 2] = m
    stack.frames[frame, 3] = q
    tally[POINTS] += m
    tally[PENDING] += q
    tally[FRAMES] += 1


@inlined
def put_back(work, stack, l, m, q):
    """The cell at hand on the stack, to be taken up again."""
    copy_vertices(work.cell, FIRST, stack.cells, work.tally[POINTS], m)
    file(work, stack, l, WHOLE, m, q)


@inlined
def take(layers, work, stack):
    """The topmost cell of the stack: its layer, number of points and of pending units."""
    tally = work.tally
    tally[FRAMES] -= 1
    frame = tally[FRAMES]
    l, unit = stack.frames[frame, 0], stack.frames[frame, 1]
    m, q = stack.frames[frame, 2], stack.frames[frame, 3]
    tally[POINTS] -= m
    tally[PENDING] -= q
    copy_vertices(stack.cells, tally[POINTS], work.cell, FIRST, m)
    copy(stack.pending, tally[PENDING], work.pending, FIRST, q)
    copy_facets(
        stack.facets.used[frame],
        stack.facets.unit[frame],
        stack.facets.key[frame],
        work.facets.used,
        work.facets.unit,
        work.facets.key,
    )
    if unit >= 0:
        work.sign[layers.rows[l] + unit] = BELOW
        work.gain[layers.rows[l] + unit] = layers.slopes[l]
    return l, m, q


@inlined
def obstacle(work, stack, m, n):
    """What lacks room for cutting n edges of a cell of m vertices and putting both halves on the stack, or DONE."""
    tally = work.tally
    if n < 0 or m + n > work.cut.values.size:
        return CELL_FULL
    if free_slot(work.facets.used) < 0:
        return FACETS_FULL
    enough = (
        tally[POINTS] + 2 * (m + n) <= stack.cells.x.shape[0]
        and tally[PENDING] + 2 * work.pending.size <= stack.pending.size
        and tally[FRAMES] + 2 <= stack.frames.shape[0]
    )
    return DONE if enough else STACK_FULL


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


@inlined
def layer_of(rows, row):
    """The layer of a unit."""
    l = 1
    while l + 1 < rows.size and row >= rows[l + 1]:
        l += 1
    return l


@inlined
def may_go_on(layers, work, slot):
    """Whether Z^[L] may be the same map beyond a facet: where one unit alone is zero, the map changes by its effect."""
    unit = work.facets.unit[slot]
    if unit == SEVERAL:
        return True
    l = layer_of(layers.rows, unit)
    return abs((1 - layers.slopes[l]) * work.effect[unit]) <= work.nothing[l]


@inlined
def name_of(layers, work):
    """The name of the cell: the signs of all units."""
    name = layers.keys[0, 0]
    for l in range(1, layers.widths.size - 1):
        if layers.kinked[l]:
            for row in range(layers.rows[l], layers.rows[l] + layers.widths[l]):
                name ^= layers.keys[row, work.sign[row]]
    return name


@inlined
def keep(layers, work, kept, every):
    """Adds the cell at hand, if asked for or if its map may go on beyond a facet: MET, or KEPT_FULL without room."""
    tally, L, d = work.tally, layers.widths.size - 1, layers.reach.size
    facets, name, start = work.facets, name_of(layers, work), tally[KEPT_FACETS]
    if tally[KEPT] == kept.maps.shape[0] or start + facets.unit.size > kept.key.size:
        return KEPT_FULL
    reckon_effects(layers, work)
    for slot in range(facets.unit.size):
        if holds(facets.used, slot) and facets.unit[slot] != BOX and may_go_on(layers, work, slot):
            kept.key[tally[KEPT_FACETS]] = name ^ facets.key[slot]
            kept.owner[tally[KEPT_FACETS]] = tally[KEPT]
            tally[KEPT_FACETS] += 1
    if every or tally[KEPT_FACETS] > start:
        enter(layers, work, L)
        for k in range(layers.widths[L]):
            row = layers.rows[L] + k
            for i in range(d):
                kept.maps[tally[KEPT], i, k] = work.a[row, i]
            kept.maps[tally[KEPT], d, k] = work.c[row]
            kept.maps[tally[KEPT], d + 1, k] = work.terms[row]
        tally[KEPT] += 1
    return MET


@lean_entry
def walk(layers, work, stack, kept, every, budget):
    """Counts cells from the stack and keeps those that may merge, or every one; returns why it stopped.

    Stops when the stack is empty, something is full, or `budget` cells have been counted; all that is known stays in
    work and stack, so that the next call goes on.
    """
    tally, last, end = work.tally, layers.widths.size - 2, work.tally[COUNTED] + budget
    while tally[FRAMES] > 0 and tally[COUNTED] < end:
        l, m, q = take(layers, work, stack)
        state = DONE
        while state == DONE:
            q = settle(layers, work, l, m, q)
            if q > 0:
                evaluate(layers, work, layers.rows[l] + work.pending[0], m)
                for i in range(m):
                    tally[DOUBTS] += work.cut.near[i]
                n = find_edges(work.cell, work.cut, m)
                state = obstacle(work, stack, m, n)
                if state == DONE:
                    m, q = split(layers, work, stack, l, m, q, n)
            elif l < last:
                l += 1
                q = begin(layers, work, l)
            else:
                state = keep(layers, work, kept, every)
        if state != MET:
            put_back(work, stack, l, m, q)
            return state
        tally[COUNTED] += 1
    return DONE if tally[FRAMES] == 0 else PAUSED
