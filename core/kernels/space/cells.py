"""Cells of a piecewise linear network in d dimensions, depth first: an explicit stack, one map per layer.

A cell is a polytope on which every layer so far is affine. Entering layer l computes its pre-activations as maps
a x + c; a unit cuts the cell where it takes both signs at the vertices. One half goes on the stack, the other goes on
with the units that cut the whole. A half shares the layer's maps and the signs settled before with its sibling, so the
stack holds polytopes and lists of units, and no patterns.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero: the vertex lies on the unit's
hyperplane. So are those near zero that are so for a reason: see doubts. A unit that is zero at every vertex is zero on
the cell; it is off, and its rounded map goes no further.

Cells meet facet to facet: units are continuous, so beyond a facet those that are not zero along it keep their signs,
and those that are take one sign each. A facet thus has a name that both its cells know: the signs of all units, 0 for
those that vanish on it. The exclusive or of a random key per unit and sign stands for the name.
"""

from core.kernels.jit import inlined, lean_entry
from core.kernels.space.bitsets import free_slot, holds, include
from core.kernels.space.maps import enter, evaluate, reckon_effects
from core.kernels.space.polytopes import FIRST, find_edges, halve, tidy
from core.kernels.space.records import (
    ABOVE,
    BELOW,
    BOX,
    COUNTED,
    DONE,
    FRAMES,
    KEPT,
    KEPT_FACETS,
    KEPT_FULL,
    MET,
    PAUSED,
    POINTS,
    SEVERAL,
    ZERO,
)
from core.kernels.space.stack import file, obstacle, put_back, take


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
    return cutting


@inlined
def mark_zeros(layers, work, row, m):
    """Notes the unit at the facets along which it is zero, at every vertex."""
    facets, cut, on = work.facets, work.cut, work.cell.on
    for slot in range(facets.unit.size):
        beside = 0
        for i in range(m):
            beside += cut.values[i] != 0 and holds(on[i], slot)
        if holds(facets.used, slot) and beside == 0 and facets.unit[slot] != BOX:
            facets.unit[slot] = min(facets.unit[slot], SEVERAL - facets.unit[slot])
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


@inlined
def layer_of(rows, row):
    """The layer of a hidden unit."""
    l = 1
    while row >= rows[l + 1]:
        l += 1
    return l


@inlined
def may_go_on(layers, work, slot):
    """Whether Z^[L] may be the same map beyond a facet: where one unit alone is zero, the map changes by its effect."""
    unit = work.facets.unit[slot]
    if unit <= SEVERAL:
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
