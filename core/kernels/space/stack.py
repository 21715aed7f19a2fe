"""Cells that wait: put on the stack as the halves of a cut, or whole where room is lacking, and taken from it."""

import numpy as np

from core.kernels.jit import inlined, lean
from core.kernels.space.bitsets import free_slot
from core.kernels.space.polytopes import FIRST, copy_vertices
from core.kernels.space.records import BELOW, CELL_FULL, DONE, FACETS_FULL, FRAMES, PENDING, POINTS, STACK_FULL

WHOLE = np.int64(-1)  # instead of the unit that cut a half off


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
