"""Cells of a piecewise linear network in the plane, depth first, with an explicit stack.

A cell is a convex polygon on which every layer so far is affine. A unit cuts it where it takes both signs at the
vertices. One half goes on the stack, the other goes on with the units that cut the whole; no other unit can cut a half.
The stacks hold polygons and lists of units, one after the other: those of halves lie above those of the whole, nothing
is copied. Now and then a cell is given a net of its own, in which only units that may cut it are left: see focus. Where
nothing but numbers is asked for, units of the last layer need not cut what they surely part: see chords; and neighbours
need not be compared where a kink surely parts them: see kinks.

Values of at most `snap` times the sum of absolute terms, taken over the box, are zero: the vertex lies on the unit's
line. A unit that is zero at every vertex is zero on the cell; it is off, and its rounded map goes no further.
"""

import numpy as np

from core.kernels.bundles import opener
from core.kernels.jit import lean, lean_entry, lean_inlined
from core.kernels.lanes import at
from core.kernels.plane.border import file_facets
from core.kernels.plane.chords import MOST, meet_chords
from core.kernels.plane.doubts import is_doubtful
from core.kernels.plane.facets import close_down_to, number_of
from core.kernels.plane.focus import focus
from core.kernels.plane.kinks import forget_places, list_factors
from core.kernels.plane.nets import (
    COMPONENTS,
    WIDTH,
    add_layer,
    add_shares,
    affine_at,
    are_exact,
    exact_grain,
    extremes,
    gather,
    list_corners,
    row_of_column,
    start_of,
    weigh,
)
from core.kernels.plane.polygons import copy_vertices, moved, part, tag
from core.kernels.plane.records import (
    DONE,
    FACETS_FULL,
    KEPT_FULL,
    NET_FULL,
    PAIRS_FULL,
    PAUSED,
    STACK_FULL,
    Edges,
    Kept,
    Plan,
    Stacks,
    Tasks,
    Work,
)
from core.kernels.rounding import ROUNDING
from core.kernels.signs import list_units

PARALLEL = 1e-9  # a generous bound: lines that coincide up to rounding are no farther from parallel
FEW = 16  # a cell that so few units of the first layer may cut is given a net of its own …
SHARE = 32  # … or so small a share of them: look-ahead in a wide layer has to serve many cells
NARROW = 32  # if a first layer has no more units, the box itself is given one: it needs no columns for a border
OFTEN = 3  # a cell that was cut so often since its net was made is given another one …
MANY = 40  # … if there are so many columns of later layers to look at

opened = opener(Edges, Stacks, Work, Kept, Plan, Tasks)


@lean_inlined
def enter(plan, walk, stacks, work, net, here, known):
    """Goes on to the next layer: which units are on all over the cell, and a list of those that may cut it.

    The signs of the first units are known where `known` is not empty.
    """
    here.layer += 1
    here.own = here.slot
    here.list += here.length
    l, first, widest = here.layer, start_of(stacks, net, here.layer), walk.widest
    size, p, z, bounds = start_of(stacks, net, l + 1) - first, net.padded, stacks.numbers, work.bounds
    slope, kinked, zone = plan.layers[l].slope, plan.layers[l].kinked != 0, walk.doubt + 2 * here.blur
    m = list_corners(stacks, work, here)
    maps = at(z, here.own + first)
    nearest = extremes(walk, work, maps, p, size, m, zone)
    sound = stacks.columns[net.sound + l] and are_exact(plan, maps, p, l, size)
    work.exact[l] = work.exact[l - 1] if sound else 0
    for j in range(len(known)):
        bounds[j], bounds[widest + j] = (np.inf, -np.inf) if known[j] else (-np.inf, np.inf)
    near = False
    if nearest <= 0 and kinked:
        near = count_doubts(plan, walk, stacks, work, net, here, zone, first, size, False)
    here.clean = walk.decides & (l == walk.depth - 1) & (here.net > 0) & (not near)
    list_units(bounds, widest, size, first, kinked, slope, slope, at(stacks.units, here.list), work.adding)
    here.length = stacks.units[here.list + size]
    for j in range(size if walk.noted or here.net == 0 else 0):
        work.on[row_of_column(stacks, net, first + j)] = (bounds[j] > 0) | (not kinked)
    if here.clean:
        list_factors(work.bounds, widest, size, slope, at(work.factors, first))
    else:
        add_layer(plan, walk, stacks, work, net, here)


@lean
def count_doubts(plan, walk, stacks, work, net, here, zone, first, n, listed):
    """Counts those of n units whose extreme values on the cell are so near zero that rounding may choose their sign.

    The units follow the first one, or their list begins there. Returns whether any are near zero, doubtful or not.
    """
    near = False
    for j in range(n):
        unit = stacks.units[first + j] if listed else first + j
        terms = stacks.numbers[here.own + 3 * net.padded + unit]
        high, low = work.bounds[j] + walk.snap * terms, work.bounds[walk.widest + j] + walk.snap * terms
        if min(abs(high), abs(low)) <= zone * terms:
            near = True
            walk.doubtful += is_doubtful(plan, walk, stacks, work, net, here, unit, zone)
    return near


@lean_inlined
def narrow(plan, walk, stacks, work, net, here):
    """Of the units that cut the whole, those that cut this half are listed behind them; the others are settled."""
    p, z, first, size, n = net.padded, stacks.numbers, here.list, here.length, 0
    gain, zone, cutting = 1 - plan.layers[here.layer].slope, walk.doubt + 2 * here.blur, first + size
    noted = walk.noted or here.net == 0
    if size > 0:
        for j in range(size, size + WIDTH):  # up to a whole vector
            stacks.units[first + j] = stacks.units[first]
        for j in range(0, size, WIDTH):
            gather(at(z, here.own), p, at(stacks.units, first + j), COMPONENTS, at(work.shares, j), walk.widest)
        m = list_corners(stacks, work, here)
        nearest = extremes(walk, work, work.shares, walk.widest, size, m, zone)
        if nearest <= 0 and count_doubts(plan, walk, stacks, work, net, here, zone, first, size, True):
            forget_places(stacks, here)
    if here.unit >= 0:
        work.on[row_of_column(stacks, net, here.unit)] = True
        work.adding[0] = here.unit
        n = 1
    for j in range(size):  # no branch: the signs cannot be foretold
        unit, above, below = stacks.units[first + j], work.bounds[j] > 0, work.bounds[walk.widest + j] > 0
        if noted:
            work.on[row_of_column(stacks, net, unit)] = above
        stacks.units[cutting] = work.adding[n] = unit
        cutting += above & below
        n += above > below
    for i in range(n):
        unit = work.adding[i]
        weigh(walk, work, at(z, here.own + unit), p, unit - start_of(stacks, net, here.layer), gain)
    here.list, here.length, here.fresh = first + size, cutting - first - size, 0
    if n > 0:
        add_shares(walk, stacks, work, net, here, n)


@lean_inlined
def split(plan, walk, stacks, work, edges, net, here):
    """Cuts the cell by the first unit of its list: the half above waits in its place, the one below is at hand."""
    p, z, unit, start, m = net.padded, stacks.numbers, stacks.units[here.list], here.start, here.size
    place = here.own + unit
    a, b, c, size = z[place], z[place + p], z[place + 2 * p], z[place + 3 * p]
    for i in range(m):
        vertex = stacks.polygons[start + i]
        value = affine_at(a, b, c, vertex.x, vertex.y)
        work.corners[i] = value if abs(value) > walk.snap * size else 0.0
    row, axis = row_of_column(stacks, net, unit), 1 if abs(a) * walk.side_x > abs(b) * walk.side_y else 0
    line, cut = work.lines[row], 0
    line.place, line.padded, line.grain = place, p, exact_grain(plan, work, here.layer)
    if not is_alone(plan, walk, stacks, here, z, p, a, b, row):
        cut = walk.cuts
        edges.axes[cut] = axis
        walk.cuts += 1
    on, off = start + m, start + 2 * m + 2
    line.size = abs(a) * walk.reach_x + abs(b) * walk.reach_y + abs(c)
    decides = walk.decides and here.layer == 1
    new = moved(tag(cut, row, axis), 1 + unit * (here.net > 0) if decides else 0)
    above, below, error = part(stacks.polygons, work.corners, start, m, new, on, off)
    work.on[row] = False
    here.blur = max(here.blur, ROUNDING * size * error)
    walk.blur = max(walk.blur, here.blur)
    walk.doubtful += here.net > 0 and walk.doubt + 2 * here.blur > walk.sure  # that settled units keep their signs
    half = stacks.frames[walk.frames]
    walk.frames += 1
    half.net, half.layer, half.own, half.slot, half.blur = here.net, here.layer, here.own, here.slot, here.blur
    half.start, half.size, here.start, here.size = off, below, on, above
    half.unit, here.unit, half.fresh, here.fresh = -1, unit, 1, 1
    half.open = here.open = walk.cuts
    half.list = here.list = here.list + 1
    half.length = here.length = here.length - 1
    half.splits = here.splits = here.splits + 1
    half.close = here.close
    half.clean = here.clean = 0


@lean_inlined
def is_alone(plan, walk, stacks, here, z, p, a, b, row):
    """Whether halves differ by a unit alone that an output reads: then they need not be compared."""
    if here.layer < walk.depth - 1 or not plan.loud[row - plan.layers[here.layer].row]:
        return False
    alone = True
    for k in range(here.list + 1, here.list + here.length):
        other = here.own + stacks.units[k]
        alone &= abs(a * z[other + p] - b * z[other]) > PARALLEL * (abs(a * z[other + p]) + abs(b * z[other]))
    return alone


@lean
def next_task(walk, stacks, work, edges, tasks, every):
    """Whether there is another task: its polygon is the cell at hand then, before the first layer."""
    close_down_to(walk, edges, 1 + tasks.on.shape[1], every)
    if walk.before >= 0:
        tasks.counts[walk.task] = walk.counted - walk.before
        walk.task += 1
    if walk.task == walk.end:
        walk.before = -1
        return False
    walk.before = walk.counted
    start, frame = tasks.offsets[walk.task], stacks.frames[0]
    m = tasks.offsets[walk.task + 1] - start
    copy_vertices(tasks.polygons, start, stacks.polygons, 0, m)
    frame.net = frame.layer = frame.splits = frame.fresh = frame.close = frame.clean = 0
    frame.own = frame.slot = 0
    frame.start = frame.list = frame.length = 0
    frame.size, frame.unit, frame.open, frame.blur = m, -1, walk.cuts, tasks.blur[0]
    walk.frames = 1
    return True


@lean_inlined
def lacking(walk, stacks, net, here, kept):
    """What has no room for both halves of a polygon, their lists and frames, and the cell: a reason, or DONE."""
    m, top = here.size, here.list + here.length
    if here.start + 3 * m + 4 > len(stacks.polygons) or walk.frames + 2 > len(stacks.frames):
        return STACK_FULL
    if top + 2 * walk.widest > len(stacks.units):
        return STACK_FULL
    if here.slot + 16 * net.padded > len(stacks.numbers):
        return NET_FULL
    if here.net + 2 > len(stacks.nets):
        return STACK_FULL
    if walk.spare < m + 2 * MOST:
        return FACETS_FULL
    if len(kept.sizes) > 0 and (walk.kept == len(kept.sizes) or walk.points + m > len(kept.polygons)):
        return KEPT_FULL
    return DONE


@lean
def keep(walk, stacks, work, net, here, kept, first):
    """Adds the cell at hand, with the maps of the outputs from column `first`, to those that are kept."""
    n = walk.kept
    copy_vertices(stacks.polygons, here.start, kept.polygons, walk.points, here.size)
    for unit in range(kept.on.shape[1]):
        kept.on[n, unit] = work.on[2 + unit]
    for component in range(3):
        for k in range(kept.maps.shape[2]):
            kept.maps[n, component, k] = stacks.numbers[here.slot + component * net.padded + first + k]
    kept.sizes[n] = here.size
    walk.kept += 1
    walk.points += here.size


@lean_inlined
def meet(plan, walk, stacks, work, edges, net, here, kept):
    """Counts the cell at hand; it is kept where there is room for cells."""
    output = start_of(stacks, net, walk.depth)
    file_facets(plan, walk, stacks, work, net, here, edges, output, number_of(walk))
    walk.counted += 1
    if len(kept.sizes) > 0:
        keep(walk, stacks, work, net, here, kept, output + 1)


@lean_inlined
def is_countable(walk, here, kept, every):
    """Whether it is enough to know how many cells the units of the last layer cut the cell at hand into."""
    asked = len(kept.sizes) > 0 or every
    return not asked and here.layer == walk.depth - 1 and here.net > 0 and 0 < here.length <= MOST and not here.close


@lean_inlined
def pays(stacks, net, here):
    """Whether the cell is to have a net of its own."""
    if here.net == 0:
        width = start_of(stacks, net, 2)
        return here.layer == 1 and (width <= NARROW or here.length <= max(FEW, width // SHARE))
    return here.splits >= OFTEN and net.units - start_of(stacks, net, here.layer + 1) >= MANY


@lean_entry
def walk_on(walks, table, every, budget):
    """Meets the cells of the tasks, and keeps them where there is room for cells; returns why it stopped.

    Stops when the tasks are done, when some array is full, or when `budget` steps have been taken. All that is known
    stays in the arguments, so that the next call goes on. `every`: all neighbours are paired, not those of one map.
    """
    edges, stacks, work, kept, plan, tasks = opened(table)
    walk, unknown = walks[0], work.on[:0]
    for _ in range(budget):
        if walk.pairs + len(edges.facets) > len(edges.pairs):
            return PAIRS_FULL
        if walk.frames == 0 and not next_task(walk, stacks, work, edges, tasks, every):
            return DONE
        here = stacks.frames[walk.frames - 1]
        close_down_to(walk, edges, here.open, every)
        while True:
            net = stacks.nets[here.net]
            reason = lacking(walk, stacks, net, here, kept)
            if reason != DONE:
                return reason
            if here.fresh:
                narrow(plan, walk, stacks, work, net, here)
            if pays(stacks, net, here):
                reason = focus(plan, walk, stacks, work, here)
                if reason != DONE:
                    return reason
                net = stacks.nets[here.net]
            if is_countable(walk, here, kept, every):
                if meet_chords(plan, walk, stacks, work, edges, net, here):
                    walk.frames -= 1
                    break
                here.close = 1
            if here.length > 0:
                if here.clean:
                    add_layer(plan, walk, stacks, work, net, here)
                split(plan, walk, stacks, work, edges, net, here)
                here = stacks.frames[walk.frames - 1]
            elif here.layer < walk.depth - 1:
                known = tasks.on[walk.task] if here.layer == 0 else unknown
                enter(plan, walk, stacks, work, net, here, known)
            else:
                meet(plan, walk, stacks, work, edges, net, here, kept)
                walk.frames -= 1
                break
    return PAUSED
