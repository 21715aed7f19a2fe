"""Cells of a piecewise linear network in the plane, depth first, with an explicit stack.

A cell is a convex polygon on which every layer so far is affine. A unit cuts it where it takes both signs at the
vertices. One half goes on the stack, the other goes on with the units that cut the whole; no other unit can cut a half.
The pool holds polygons and `units` lists, one after the other: those of halves lie above those of the whole, nothing is
copied.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero: the vertex lies on the unit's
line. A unit that is zero at every vertex is zero on the cell; it is off, and its rounded map goes no further.
"""

from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.plane.doubts import is_doubtful
from core.kernels.plane.facets import close_down_to, file_facets
from core.kernels.plane.maps import BIAS, EXACT, add_shares, extremes, place, weigh, weigh_all
from core.kernels.plane.polygons import ROUNDING, copy_vertices, part, tag

PARALLEL = 1e-9  # a generous bound: lines that coincide up to rounding are no farther from parallel
DONE, PAUSED, STACK_FULL, FACETS_FULL, PAIRS_FULL, KEPT_FULL = range(6)


@lean_inlined
def enter(layers, W, z, on, walk, shares, bounds, values, adding, pool, units, known, l, start, m, top, blur):
    """Signs of the units of layer l on the cell, and the next layer's maps with those that are on all over it.

    units[top:] <- those that may cut; their number. The signs of the first units are known where `known` is not empty.
    """
    layer, n, cutting, zone = layers[l], 0, top, walk.doubt + 2 * blur
    p, slope, kinked, leaky = layer.padded, layer.slope, layer.kinked != 0, layer.slope != 0
    nearest, largest = extremes(layer, z, walk, pool, start, m, zone, values, bounds)
    layer.exact = layers[l - 1].exact if largest <= EXACT * layer.grain else 0
    if nearest <= 0 and kinked:
        count_doubts(layers, z, walk, pool, l, start, m, zone, bounds)
    for j in range(len(known)):
        bounds[j], bounds[p + j] = (1.0, -1.0) if known[j] else (-1.0, 1.0)
    for j in range(layer.width):
        above, below = bounds[j] > 0, bounds[p + j] > 0
        units[cutting] = j
        cutting += above & below & kinked
        bounds[j] = slope * below + (above > below)  # no branch: which units are on cannot be foretold
        adding[n] = j
        n += (above > below) | (below & leaky)
        on[layer.row + j] = above | (not kinked)
    weigh_all(layer, z, walk, shares, bounds)
    add_shares(layers, W, z, shares, adding, l + 1, BIAS, n)
    return cutting - top


@lean
def count_doubts(layers, z, walk, pool, l, start, m, zone, bounds):
    """Counts the units of layer l whose extreme values on the cell are too near zero, and not for a reason."""
    layer = layers[l]
    terms = place(layer) + 3 * layer.padded
    for j in range(layer.width):
        high, low = bounds[j] + walk.snap * z[terms + j], bounds[layer.padded + j] + walk.snap * z[terms + j]
        if min(abs(high), abs(low)) <= zone * z[terms + j]:
            walk.doubtful += is_doubtful(layers, z, walk.depth, pool, l, j, start, m, zone)


@lean_inlined
def narrow(layers, W, z, on, walk, shares, adding, pool, units, l, start, m, first, q, blur, n):
    """Of the q units from `first`, those that cut the cell are listed behind them; the others are settled.

    Shares of those that are on join the n that are to be added. Returns the length of the list.
    """
    layer, cutting, zone = layers[l], first + q, walk.doubt + 2 * blur
    at, p, row, snap = place(layer), layer.padded, layer.row, walk.snap
    for k in range(first, first + q):
        unit = units[k]
        a, b, c, size = z[at + unit], z[at + p + unit], z[at + 2 * p + unit], z[at + 3 * p + unit]
        high = low = a * pool[start].x + b * pool[start].y + c
        for i in range(start + 1, start + m):
            value = a * pool[i].x + b * pool[i].y + c
            high, low = max(high, value), min(low, value)
        if min(abs(high), abs(low)) <= zone * size:
            walk.doubtful += is_doubtful(layers, z, walk.depth, pool, l, unit, start, m, zone)
        above = high > snap * size
        on[row + unit] = above
        if above and low < -snap * size:
            units[cutting] = unit
            cutting += 1
        elif above:
            weigh(layer, z, walk, shares, unit, 1 - layer.slope)
            adding[n] = unit
            n += 1
    if n > 0:
        add_shares(layers, W, z, shares, adding, l + 1, layers[l + 1].slot, n)
    return cutting - first - q


@lean_inlined
def push(layers, walk, frames, l, unit, start, m, first, q, blur):
    """A frame for a polygon and a list that are in the pools already."""
    frame = frames[walk.frames]
    frame.layer, frame.unit, frame.slot, frame.open = l, unit, layers[l + 1].slot, walk.cuts
    frame.start, frame.size, frame.list, frame.length, frame.blur = start, m, first, q, blur
    walk.frames += 1


@lean_inlined
def split(layers, z, walk, pool, units, values, cuts, loud, l, start, m, first, q):
    """Cuts the cell by the first unit of its list: the numbers of vertices above and below, and the blur of new ones.

    The upper half begins at start + m, the lower at start + 2 m + 2.
    """
    layer, unit = layers[l], units[first]
    at, p = place(layer) + unit, layer.padded
    a, b, c, size = z[at], z[at + p], z[at + 2 * p], z[at + 3 * p]
    for i in range(m):
        value = a * pool[start + i].x + b * pool[start + i].y + c
        values[i] = value if abs(value) > walk.snap * size else 0.0
    axis, cut, alone = 1 if abs(a) * walk.side_x > abs(b) * walk.side_y else 0, 0, l == walk.depth - 1 and loud[unit]
    for k in range(first + 1, first + q):
        other = place(layer) + units[k]
        alone &= abs(a * z[other + p] - b * z[other]) > PARALLEL * (abs(a * z[other + p]) + abs(b * z[other]))
    if not alone:  # or else the halves differ by this unit alone, and an output reads it: they need not be compared
        cut = walk.cuts
        cuts[cut].axis = axis
        walk.cuts += 1
    above, below, error = part(pool, values, start, m, tag(cut, layer.row + unit, axis), start + m, start + 2 * m + 2)
    return above, below, ROUNDING * size * error


@lean
def next_task(layers, W, z, walk, shares, adding, frames, pool, cuts, facets, order, pairs, tasks, every):
    """Whether there is another task: its polygon is the topmost frame then, before the first layer."""
    close_down_to(walk, cuts, facets, order, pairs, 1 + tasks.on.shape[1], every)
    if walk.before >= 0:
        tasks.counts[walk.task] = walk.counted - walk.before
        walk.task += 1
    if walk.task == walk.end:
        return False
    walk.before = walk.counted
    start = tasks.offsets[walk.task]
    m = tasks.offsets[walk.task + 1] - start
    copy_vertices(tasks.polygons, start, pool, 0, m)
    for unit in range(2):
        weigh(layers[0], z, walk, shares, unit, 1.0)
        adding[unit] = unit
    add_shares(layers, W, z, shares, adding, 1, BIAS, 2)
    push(layers, walk, frames, 0, -1, 0, m, 0, 0, 0.0)
    return True


@lean_inlined
def take(layers, z, on, walk, shares, adding, frame):
    """What a half that waited adds to the next layer's maps, before the units of its list are looked at: how much."""
    layer, unit = layers[frame.layer], frame.unit
    layers[frame.layer + 1].slot = frame.slot
    if unit < 0:
        return 0
    on[layer.row + unit] = True
    weigh(layer, z, walk, shares, unit, 1 - layer.slope)
    adding[0] = unit
    return 1


@lean_inlined
def lacking(walk, frames, pool, units, widest, kept, start, m, top):
    """What has no room for both halves of a polygon, their lists and frames, and the cell: a reason, or DONE."""
    if start + 3 * m + 4 > len(pool) or top + 2 * widest > len(units) or walk.frames + 2 > len(frames):
        return STACK_FULL
    if walk.room < m:
        return FACETS_FULL
    if len(kept.sizes) > 0 and (walk.kept == len(kept.sizes) or walk.points + m > len(kept.polygons)):
        return KEPT_FULL
    return DONE


@lean
def keep(layer, z, on, walk, pool, kept, start, m):
    """Adds the cell at hand, with the maps of the last layer, to those that are kept."""
    at, n = place(layer), walk.kept
    copy_vertices(pool, start, kept.polygons, walk.points, m)
    for unit in range(kept.on.shape[1]):
        kept.on[n, unit] = on[2 + unit]
    for component in range(3):
        for k in range(kept.maps.shape[2]):
            kept.maps[n, component, k] = z[at + component * layer.padded + k]
    kept.sizes[n] = m
    walk.kept += 1
    walk.points += m


@lean_inlined
def meet(layer, z, on, walk, readout, pool, cuts, facets, kept, start, m):
    """Counts the cell at hand, whose Z^[L] are the maps of the layer; it is kept where there is room for cells."""
    file_facets(layer, z, walk, readout, pool, cuts, facets, walk.task << 40 | walk.counted - walk.before, start, m)
    walk.counted += 1
    if len(kept.sizes) > 0:
        keep(layer, z, on, walk, pool, kept, start, m)


@lean_entry
def walk_on(
    layers, W, z, on, loud, readout, walks, shares, bounds, adding, values, frames, pool, units, cuts, facets, order,
    pairs, tasks, kept, every, budget,
):  # fmt: skip
    """Meets the cells of the tasks, and keeps them where there is room for cells; returns why it stopped.

    Stops when the tasks are done, when some array is full, or when `budget` halves have been taken. All that is known
    stays in the arguments, so that the next call goes on. `every`: all neighbours are paired, not those of one map.
    """
    walk, unknown, widest = walks[0], on[:0], len(adding)
    last = walk.depth - 1
    for _ in range(budget):
        if walk.pairs + len(facets) > len(pairs):
            return PAIRS_FULL
        if walk.frames == 0 and not next_task(
            layers, W, z, walk, shares, adding, frames, pool, cuts, facets, order, pairs, tasks, every
        ):
            return DONE
        walk.frames -= 1
        frame = frames[walk.frames]
        l, start, m, first, q, blur = frame.layer, frame.start, frame.size, frame.list, frame.length, frame.blur
        close_down_to(walk, cuts, facets, order, pairs, frame.open, every)
        n = take(layers, z, on, walk, shares, adding, frame)
        while True:
            count = narrow(layers, W, z, on, walk, shares, adding, pool, units, l, start, m, first, q, blur, n)
            first, q, n = first + q, count, 0
            reason = lacking(walk, frames, pool, units, widest, kept, start, m, first + q)
            if reason != DONE:
                push(layers, walk, frames, l, -1, start, m, first, q, blur)
                return reason
            if q > 0:
                unit = units[first]
                above, below, more = split(layers, z, walk, pool, units, values, cuts, loud, l, start, m, first, q)
                blur = max(blur, more)
                push(layers, walk, frames, l, unit, start + m, above, first + 1, q - 1, blur)
                on[layers[l].row + unit] = False
                start, m, first, q = start + 2 * m + 2, below, first + 1, q - 1
            elif l < last:
                l += 1
                known = tasks.on[walk.task] if l == 1 else unknown
                first = first + q
                q = enter(
                    layers, W, z, on, walk, shares, bounds, values, adding, pool, units, known, l, start, m, first, blur
                )
            else:
                break
        meet(layers[last + 1], z, on, walk, readout, pool, cuts, facets, kept, start, m)
    return PAUSED
