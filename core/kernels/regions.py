"""Cells of a piecewise linear network in the plane, depth first: an explicit stack, one map per layer.

A cell is a convex polygon, counter-clockwise, on which every layer so far is affine. Entering layer l computes its
pre-activations as maps a x + b y + c; a unit cuts the cell where it takes both signs at the vertices. One half goes on
the stack, the other goes on with the units that cut the whole; no other unit can cut a half. A half shares the layer's
maps and the signs settled before with its sibling, so the stack holds polygons and lists of units, and no patterns.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero: the vertex lies on the unit's
line. A unit that is zero at every vertex is zero on the cell; it is off, and its rounded map goes no further.

Each cut has a number, and each edge the signed number of the cut that made it. Cells that share a facet share it along
the cut that parted them, from opposite sides: nothing has to be looked for in the plane.
"""

from typing import NamedTuple

import numpy as np

from core.kernels.jit import entry, jit

DONE, STACK_FULL, CELLS_FULL, PAUSED = range(4)
COUNTED, CUTS, FRAMES, POINTS, PENDING, KEPT, KEPT_POINTS = range(7)  # places in Work.tally
BOX, SEVERAL = -1, -2  # instead of a unit: an edge of the box, an edge along which several units are zero
LOOSE = 1e-12  # of a generous bound; what may merge is compared map by map afterwards, so that too much does no harm


class Layers(NamedTuple):
    """The network; rows of one flat axis are units, layer after layer, the two inputs first."""

    widths: np.ndarray  # (L + 1,), int64; widths[0] is 2
    rows: np.ndarray  # (L + 1,), int64: where the units of each layer begin
    weights: np.ndarray  # (L + 1,), int64: where W^[l] begins; weights[0] is not read
    W: np.ndarray  # W^[1], W^[2], …, each row-major
    transposed: np.ndarray  # their transposes, each row-major
    largest: np.ndarray  # (L + 1,): the largest |weight| of each layer; largest[0] is not read
    b: np.ndarray  # (rows,); 0 for the inputs
    slopes: np.ndarray  # (L,): slope of the negative side of each layer; slopes[0] is not read
    kinked: np.ndarray  # (L,), bool; a layer without a kink is the identity
    readout: np.ndarray  # (n_(L-1),): a generic combination of the columns of W^[L]
    reach: np.ndarray  # (2,): largest |x| and |y| in the box
    sides: np.ndarray  # (2,): lengths of the box's sides
    snap: float


class Polygon(NamedTuple):
    """Vertices, and what is known of the edge that leaves each: one polygon, or many in a row."""

    x: np.ndarray  # (capacity,)
    y: np.ndarray  # (capacity,)
    cut: np.ndarray  # (capacity,), int64: signed number of the cut that made the edge, 0 on the box
    unit: np.ndarray  # (capacity,), int64: row of the unit that is zero along it, BOX or SEVERAL


class Work(NamedTuple):
    """The cell at hand, and what is known of its units."""

    tally: np.ndarray  # (7,), int64
    a: np.ndarray  # (rows,): z = a x + b y + c
    b: np.ndarray  # (rows,)
    c: np.ndarray  # (rows,)
    terms: np.ndarray  # (rows,): the sum of absolute terms of z over the box
    gain: np.ndarray  # (rows,): df/dz, and 0 for a unit that is zero
    on: np.ndarray  # (rows,), bool
    effect: np.ndarray  # (rows,): of a unit's activation on the read-out
    nothing: np.ndarray  # (L + 1,): effects of a layer that may be rounding
    polygon: Polygon
    values: np.ndarray  # (most,)
    pending: np.ndarray  # (widest,), int64: units that may cut


class Stack(NamedTuple):
    """Halves that wait."""

    polygons: Polygon
    pending: np.ndarray  # (capacity,), int64
    frames: np.ndarray  # (capacity, 4), int64: layer, unit that cut it off or -1, number of points, of pending units


class Cells(NamedTuple):
    """Cells that are kept."""

    polygons: Polygon
    sizes: np.ndarray  # (cells,), int64: the number of points
    maps: np.ndarray  # (cells, 4, n_L): a, b, c and terms of Z^[L]
    on: np.ndarray  # (cells, hidden units), or (cells, 0) where patterns are not asked for


@jit
def put(source, i, target, n):
    """Vertex n of target <- vertex i of source, with its edge."""
    target.x[n] = source.x[i]
    target.y[n] = source.y[i]
    target.cut[n] = source.cut[i]
    target.unit[n] = source.unit[i]


@jit
def copy(source, first, target, start, m):
    """m vertices of source, from the first, to target[start:]."""
    for i in range(m):
        put(source, first + i, target, start + i)


@jit
def add(y, alpha, x):
    """y += alpha x"""
    for j in range(y.size):
        y[j] += alpha * x[j]


@jit
def add_sizes(y, alpha, x):
    """y += alpha |x|"""
    for j in range(y.size):
        y[j] += alpha * abs(x[j])


@jit
def enter(layers, work, l):
    """Maps of layer l >= 1 from those of layer l - 1 and the signs of its units, without a trace of earlier cells."""
    before, row, q = layers.rows[l - 1], layers.rows[l], layers.widths[l]
    a, b, c, terms = work.a[row : row + q], work.b[row : row + q], work.c[row : row + q], work.terms[row : row + q]
    for j in range(q):
        a[j] = 0.0
        b[j] = 0.0
        c[j] = layers.b[row + j]
        terms[j] = abs(layers.b[row + j])
    for i in range(layers.widths[l - 1]):
        gain, unit, w = work.gain[before + i], before + i, layers.weights[l] + i * q
        if gain != 0:
            weights = layers.W[w : w + q]
            x, y, z = gain * work.a[unit], gain * work.b[unit], gain * work.c[unit]
            add(a, x, weights)
            add(b, y, weights)
            add(c, z, weights)
            add_sizes(terms, abs(x) * layers.reach[0] + abs(y) * layers.reach[1] + abs(z), weights)


@jit
def begin(layers, work, l):
    """Enters layer l; its number of units that may cut the cell."""
    enter(layers, work, l)
    for j in range(layers.widths[l]):
        work.pending[j] = j
        if not layers.kinked[l]:
            work.gain[layers.rows[l] + j] = 1.0
            work.on[layers.rows[l] + j] = True
    return layers.widths[l] if layers.kinked[l] else 0


@jit
def evaluate(layers, work, unit, m):
    """values <- the unit's pre-activation at the m vertices, snapped to 0; how many are above 0 and below."""
    a, b, c = work.a[unit], work.b[unit], work.c[unit]
    nothing, above, below = layers.snap * work.terms[unit], 0, 0
    for i in range(m):
        z = a * work.polygon.x[i] + b * work.polygon.y[i] + c
        above += z > nothing
        below += z < -nothing
        work.values[i] = z if abs(z) > nothing else 0.0
    return above, below


@jit
def settle(layers, work, l, m, q):
    """Signs of those of the q pending units that do not cut the cell; the others move to the front: their number."""
    row, cutting = layers.rows[l], 0
    for k in range(q):
        unit = work.pending[k]
        above, below = evaluate(layers, work, row + unit, m)
        if above > 0 and below > 0:
            work.pending[cutting] = unit
            cutting += 1
            continue
        work.on[row + unit] = above > 0
        work.gain[row + unit] = 1.0 if above > 0 else layers.slopes[l] if below > 0 else 0.0
        if above + below < m - 1:
            mark_zeros(work, m)
    return cutting


@jit
def mark_zeros(work, m):
    """Marks the edges at whose two ends the values are 0: there, the unit changes sign besides the one that cut."""
    for i in range(m):
        if work.values[i] == 0 and work.values[i + 1 if i + 1 < m else 0] == 0 and work.polygon.unit[i] != BOX:
            work.polygon.unit[i] = SEVERAL


@jit
def cross(polygon, values, i, j, target, n):
    """Vertex n of target <- where the values' zero lies between vertices i and j, reckoned from the nearer end."""
    if abs(values[i]) > abs(values[j]):
        i, j = j, i
    t = values[i] / (values[i] - values[j])
    target.x[n] = polygon.x[i] + t * (polygon.x[j] - polygon.x[i])
    target.y[n] = polygon.y[i] + t * (polygon.y[j] - polygon.y[i])


@jit
def clip(work, m, cut, unit, target, start):
    """target[start:] <- the part of the cell where the values have the sign of the cut; its number of vertices."""
    n, side = start, 1.0 if cut > 0 else -1.0
    for i in range(m):
        j = i + 1 if i + 1 < m else 0
        here, there = side * work.values[i], side * work.values[j]
        if here >= 0:
            put(work.polygon, i, target, n)
            if here == 0 and there < 0:
                target.cut[n] = cut
                target.unit[n] = unit
            n += 1
        if here > 0 > there or here < 0 < there:
            cross(work.polygon, work.values, i, j, target, n)
            target.cut[n] = work.polygon.cut[i] if here < 0 else cut
            target.unit[n] = work.polygon.unit[i] if here < 0 else unit
            n += 1
    return n - start


@jit
def split(layers, work, stack, l, m, q):
    """Cuts the cell by its first pending unit; the lower half goes on the stack, the upper stays: its numbers m, q."""
    tally, unit = work.tally, work.pending[0]
    row = layers.rows[l] + unit
    evaluate(layers, work, row, m)
    for k in range(1, q):
        work.pending[k - 1] = work.pending[k]
    tally[CUTS] += 1
    along_y = abs(work.a[row]) * layers.sides[0] > abs(work.b[row]) * layers.sides[1]
    cut = 2 * tally[CUTS] + (1 if along_y else 0)  # its parity is the axis along which places on the cut are told apart
    below = clip(work, m, -cut, row, stack.polygons, tally[POINTS])
    file(work, stack, l, below, q - 1)
    stack.frames[tally[FRAMES] - 1, 1] = unit
    above = clip(work, m, cut, row, stack.polygons, tally[POINTS])
    copy(stack.polygons, tally[POINTS], work.polygon, 0, above)
    work.on[row] = True
    work.gain[row] = 1.0
    return above, q - 1


@jit
def file(work, stack, l, m, q):
    """A frame for the m points that are on the stack already, with the q pending units."""
    tally = work.tally
    for k in range(q):
        stack.pending[tally[PENDING] + k] = work.pending[k]
    frame = tally[FRAMES]
    stack.frames[frame, 0] = l
    stack.frames[frame, 1] = -1
    stack.frames[frame, 2] = m
    stack.frames[frame, 3] = q
    tally[POINTS] += m
    tally[PENDING] += q
    tally[FRAMES] += 1


@jit
def put_back(work, stack, l, m, q):
    """The cell at hand on the stack, to be taken up again."""
    copy(work.polygon, 0, stack.polygons, work.tally[POINTS], m)
    file(work, stack, l, m, q)


@jit
def take(layers, work, stack):
    """The topmost cell of the stack: its layer, number of points and of pending units."""
    tally = work.tally
    tally[FRAMES] -= 1
    frame = tally[FRAMES]
    l, unit = stack.frames[frame, 0], stack.frames[frame, 1]
    m, q = stack.frames[frame, 2], stack.frames[frame, 3]
    tally[POINTS] -= m
    tally[PENDING] -= q
    copy(stack.polygons, tally[POINTS], work.polygon, 0, m)
    for k in range(q):
        work.pending[k] = stack.pending[tally[PENDING] + k]
    if unit >= 0:
        work.on[layers.rows[l] + unit] = False
        work.gain[layers.rows[l] + unit] = layers.slopes[l]
    return l, m, q


@jit
def has_room(work, stack, m):
    """Whether the stack holds one more half, and then the other half put back."""
    tally = work.tally
    return (
        tally[POINTS] + 2 * (m + 2) <= stack.polygons.x.size
        and tally[PENDING] + 2 * work.pending.size <= stack.pending.size
        and tally[FRAMES] + 2 <= stack.frames.shape[0]
    )


@jit
def layer_of(rows, row):
    """The layer of a unit."""
    l = 1
    while l + 1 < rows.size and row >= rows[l + 1]:
        l += 1
    return l


@jit
def may_merge(layers, work, m):
    """Whether Z^[L] may be the same affine map beyond an edge of the cell, as far as can be told from inside.

    Beyond an edge along which one unit alone is zero, the map changes by that unit's effect on the outputs, times the
    change of its slope. Where several units are zero, their changes may cancel.
    """
    units, lowest = work.polygon.unit, layers.widths.size
    for i in range(m):
        if units[i] == SEVERAL:
            return True
        if units[i] != BOX:
            lowest = min(lowest, layer_of(layers.rows, units[i]))
    reckon_effects(layers, work, lowest)
    for i in range(m):
        if units[i] != BOX:
            l = layer_of(layers.rows, units[i])
            if abs((1 - layers.slopes[l]) * work.effect[units[i]]) <= work.nothing[l]:
                return True
    return False


@jit
def reckon_effects(layers, work, lowest):
    """effect <- d(read-out)/dA^[l] on the cell, for l = L - 1 down to the lowest layer that is asked for."""
    last = layers.widths.size - 2
    for l in range(last, lowest - 1, -1):
        row, q = layers.rows[l], layers.widths[l]
        effect, total = work.effect[row : row + q], 0.0
        if l == last:
            for j in range(q):
                effect[j] = layers.readout[j]
                total += abs(effect[j])
        else:
            effect[:] = 0.0
            above, w = row + q, layers.weights[l + 1]
            for k in range(layers.widths[l + 1]):
                back = work.gain[above + k] * work.effect[above + k]
                if back != 0:
                    add(effect, back, layers.transposed[w + k * q : w + k * q + q])
                    total += abs(back) * layers.largest[l + 1]
        work.nothing[l] = LOOSE * total


@jit
def keep_cell(layers, work, cells, m):
    """Adds the cell at hand to those that are kept."""
    tally, L = work.tally, layers.widths.size - 1
    place, row = tally[KEPT], layers.rows[L]
    enter(layers, work, L)
    for k in range(layers.widths[L]):
        cells.maps[place, 0, k] = work.a[row + k]
        cells.maps[place, 1, k] = work.b[row + k]
        cells.maps[place, 2, k] = work.c[row + k]
        cells.maps[place, 3, k] = work.terms[row + k]
    for unit in range(cells.on.shape[1]):
        cells.on[place, unit] = work.on[layers.widths[0] + unit]
    copy(work.polygon, 0, cells.polygons, tally[KEPT_POINTS], m)
    cells.sizes[place] = m
    tally[KEPT] += 1
    tally[KEPT_POINTS] += m


@entry
def walk(layers, work, stack, cells, every, budget):
    """Counts cells from the stack and keeps those that may merge, or every one; returns why it stopped.

    Stops when the stack is empty, the stack or `cells` is full, or `budget` frames have been taken; all that is known
    stays in work and stack, so that the next call goes on.
    """
    tally, last = work.tally, layers.widths.size - 2
    for _ in range(budget):
        if tally[FRAMES] == 0:
            return DONE
        l, m, q = take(layers, work, stack)
        while True:
            if not has_room(work, stack, m):
                put_back(work, stack, l, m, q)
                return STACK_FULL
            q = settle(layers, work, l, m, q)
            if q > 0:
                m, q = split(layers, work, stack, l, m, q)
            elif l < last:
                l += 1
                q = begin(layers, work, l)
            else:
                break
        if every or may_merge(layers, work, m):
            if tally[KEPT] == cells.sizes.size or tally[KEPT_POINTS] + m > cells.polygons.x.size:
                put_back(work, stack, l, m, q)
                return CELLS_FULL
            keep_cell(layers, work, cells, m)
        tally[COUNTED] += 1
    return PAUSED


@jit
def root(parents, cell):
    """The cell that stands for the region; the path to it is halved on the way."""
    while parents[cell] != cell:
        parents[cell] = parents[parents[cell]]
        cell = parents[cell]
    return cell


@jit
def same_map(one, other, reach, tolerance):
    """Whether two maps (4, n_L) of Z^[L] agree to rounding."""
    for k in range(one.shape[1]):
        gap = abs(one[0, k] - other[0, k]) * reach[0] + abs(one[1, k] - other[1, k]) * reach[1]
        if not gap + abs(one[2, k] - other[2, k]) <= tolerance * (one[3, k] + other[3, k]):
            return False
    return True


@entry
def merge(cuts, low, high, owner, shortest, maps, reach, tolerance, parents):
    """Joins in `parents` the cells whose maps agree across a facet.

    Facets are sorted by |cut|, then by side, then by place: (facets,) each. Both sides are walked together, and two
    facets that overlap by more than `shortest` of their axis, (2,), are neighbours.
    """
    start = 0
    while start < cuts.size:
        middle = start
        while middle < cuts.size and cuts[middle] == cuts[start]:
            middle += 1
        end = middle
        while end < cuts.size and cuts[end] == -cuts[start]:
            end += 1
        i, j = start, middle
        while i < middle and j < end:
            if min(high[i], high[j]) - max(low[i], low[j]) > shortest[abs(cuts[start]) % 2]:
                one, other = root(parents, owner[i]), root(parents, owner[j])
                if one != other and same_map(maps[owner[i]], maps[owner[j]], reach, tolerance):
                    parents[max(one, other)] = min(one, other)
            if high[i] < high[j]:
                i += 1
            else:
                j += 1
        start = end
