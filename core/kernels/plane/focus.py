"""From the net of a polygon to that of a smaller one, which has fewer columns.

The units of later layers that keep their sign all over the polygon, whatever the cell, lose their columns: those that
are off are gone, those that are on pass on what they are made of. So a pre-activation is affine in x and y and in the
activations of the units that may cut: their *symbols*. That is its form: the four components of a map,
and a weight for each symbol. Forms go from layer to layer as maps do. Where each symbol stays between
its smallest and its largest value, a form does so too: that settles signs.

Forms lie component by component, `padded` columns of the old net each.
"""

from core.kernels.jit import lean, lean_inlined
from core.kernels.lanes import Variable, at, fabs, fma, loop, traced
from core.kernels.plane.kinks import found_jumps
from core.kernels.plane.nets import (
    COMPONENTS,
    LANES,
    MAP,
    WIDTH,
    add,
    gather,
    list_corners,
    reach,
    row_of_column,
    start_of,
)
from core.kernels.plane.polygons import moved, place_of, row_of
from core.kernels.plane.records import DONE, FORMS_FULL, NET_FULL
from core.kernels.rounding import EXACT
from core.kernels.signs import list_units

AT_ONCE = 4  # symbols that are added together
#: The size of a symbol that never changes. Not 0, so that a unit that is nothing but for it is not settled and keeps
#: its column: beyond the symbol's edge it may not be zero.
ALL_BUT_NOTHING = 2.0**-500


@lean
def open_forms(stacks, work, net, here):
    """Forms <- the maps of the layer at hand; in net 0, also those of later layers as far as they are known."""
    numbers, forms, p = stacks.numbers, work.forms, net.padded
    first, later = start_of(stacks, net, here.layer), start_of(stacks, net, here.layer + 1)
    end = p if here.net == 0 else later
    for k in range(COMPONENTS):
        for j in range(first, later):
            forms[k * p + j] = numbers[here.own + k * p + j]
        for j in range(later, end):
            forms[k * p + j] = numbers[here.slot + k * p + j]


@traced
def find_ranges(forms, p, first, n, corners, m, reach_x, reach_y, ranges, symbols, zone, bounds, q):
    """bounds, (4, q) <- how far n columns reach above and below 0 on a polygon, their sizes on the box, their terms.

    What is less than the zone of doubt away from 0 counts as reaching to the other side. ranges: the middle between the
    smallest and the largest value of each symbol, how far they are from it, and its size.
    """
    vectors = range(0, LANES, forms.lanes)
    with loop(0, n, LANES) as j:
        sums = [[Variable(forms.zeros()) for _ in range(3)] for _ in vectors]
        with loop(0, symbols) as i:
            middle, radius, size = (ranges.splat(3 * i + k) for k in range(3))
            for v, (mid, rad, more) in zip(vectors, sums, strict=True):
                weight = (forms + first + v + (i + COMPONENTS) * p)[j]
                mid.set(fma(weight, middle, mid.get()))
                rad.set(fma(fabs(weight), radius, rad.get()))
                more.set(fma(fabs(weight), size, more.get()))
        for v, (mid, rad, more) in zip(vectors, sums, strict=True):
            a, b, c, terms = ((forms + first + v + k * p)[j] for k in range(COMPONENTS))
            size = fabs(a) * reach_x + fabs(b) * reach_y + fabs(c) + more.get()
            high, low = reach(a, b, c, corners, m)
            terms = terms + more.get()
            doubt = zone * terms + rad.get()
            for k, each in enumerate((high + mid.get() + doubt, doubt - low - mid.get(), size, terms)):
                (bounds + v + k * q)[j] = each


@lean
def settle_at_hand(plan, walk, stacks, work, net, here):
    """Looks at the columns of the layer at hand: the cell's list says which units may cut, and are symbols.

    What they do while they are off, and what other units do, is known already, but in net 0: there, all pass it on.
    Returns how many columns pass something on, how many symbols there are, and the largest sum of terms of the former.
    """
    l, first, n, largest, q = here.layer, start_of(stacks, net, here.layer), 0, 0.0, walk.widest
    layer, given, ranges = plan.layers[l], here.list, work.ranges
    for k in range(here.length):
        unit = stacks.units[here.list + k]
        work.symbols[k] = unit
        i = unit - first
        know_range(ranges, k, (1 - layer.slope) * work.bounds[i], 0.0, abs(1 - layer.slope) * work.bounds[2 * q + i])
    for i in range(first, start_of(stacks, net, l + 1) if here.net == 0 else first):
        cutting = given < here.list + here.length and stacks.units[given] == i
        given += cutting
        gain = 1.0 if work.on[row_of_column(stacks, net, i)] and not cutting else layer.slope
        work.adding[n], work.gains[n] = i, gain
        adds = (gain != 0) & (work.bounds[2 * q + i - first] > 0)
        largest = max(largest, work.bounds[3 * q + i - first] * adds)
        n += adds
    return n, add_border(plan, walk, stacks, work, net, here), largest


@lean
def add_border(plan, walk, stacks, work, net, here):
    """Adds as symbols the units along whose edges the cell may decide, where they are off: they never change.

    Without a column it would be known no more what they are to later layers. Returns how many symbols there are.
    """
    symbols, layer = here.length, plan.layers[here.layer]
    for i in range(here.size if walk.decides and here.layer == 1 else 0):
        edge = stacks.polygons[here.start + i].tag
        if edge < 0 and place_of(edge) > 0:
            row = row_of(edge) - layer.row
            work.symbols[symbols] = start_of(stacks, net, here.layer) + row if here.net == 0 else place_of(edge) - 1
            know_range(work.ranges, symbols, 0.0, 0.0, ALL_BUT_NOTHING)
            symbols += 1
    return symbols


@lean
def move_border(walk, stacks, here, symbols):
    """The edges that may decide have the columns of the new net as places, from `symbols` on."""
    for i in range(here.size if walk.decides and here.layer == 1 else 0):
        vertex = stacks.polygons[here.start + i]
        if vertex.tag < 0 and place_of(vertex.tag) > 0:
            vertex.tag = moved(vertex.tag, 1 + symbols)
            symbols += 1


@lean
def settle(plan, walk, stacks, work, net, l, symbols):
    """Looks at the columns of a later layer l: those that pass something on, with their gains, and new symbols.

    Returns how many columns of either kind there are, and the largest sum of terms of the former.
    """
    layer, first, q, bounds, largest = plan.layers[l], start_of(stacks, net, l), walk.widest, work.bounds, 0.0
    size, slope = start_of(stacks, net, l + 1) - first, layer.slope
    between = 0.0 if layer.kinked else slope  # a symbol passes nothing on by itself
    list_units(bounds, q, size, first, layer.kinked, slope, between, at(work.symbols, symbols), work.adding)
    n, found = work.adding[size], symbols + work.symbols[symbols + size]
    for i in range(size if walk.noted else 0):
        above, below = bounds[i] > 0, bounds[q + i] > 0
        work.on[row_of_column(stacks, net, first + i)] = (above > below) | (layer.kinked == 0)
    for symbol in range(symbols, found):
        i = work.symbols[symbol] - first
        know_range(work.ranges, symbol, bounds[i], -slope * bounds[q + i], max(1.0, abs(slope)) * bounds[2 * q + i])
    for k in range(n):
        i = work.adding[k] - first
        work.gains[k] = slope if bounds[q + i] > 0 else 1.0
        largest = max(largest, bounds[3 * q + i])
    return n, found, largest


@lean_inlined
def know_range(ranges, symbol, one, other, size):
    """A symbol lies between these two values and 0, and this is its size."""
    low, high = min(0.0, one, other), max(0.0, one, other)
    ranges[3 * symbol] = 0.5 * (low + high)
    ranges[3 * symbol + 1] = 0.5 * (high - low)
    ranges[3 * symbol + 2] = size


@traced
def scale(target, step, rows, factors):
    """A vector of each row of target, `step` apart, times the factors of its columns."""
    with loop(0, rows) as j:
        (target + j * step)[0] = (target + j * step)[0] * factors[0]


@lean
def weigh_forms(walk, work, net, first, n, symbols, leaky):
    """Shares <- the forms of n units of the layer from column `first`, times their gains, and their sizes."""
    shares, q, rows, adding = work.shares, walk.widest, COMPONENTS + symbols, work.adding
    for i in range(n, n + WIDTH):
        adding[i] = 0
    for i in range(0, n, WIDTH):
        gather(work.forms, net.padded, at(adding, i), rows, at(shares, i), q)
        if leaky:
            scale(at(shares, i), q, rows, at(work.gains, i))
    for i in range(n):
        shares[3 * q + i] = abs(work.gains[i]) * work.bounds[2 * q + work.adding[i] - first]


@traced
def add_forms(M, rows, source, forms, p, first, end, shares, q, units, n, symbols):
    """The columns from `first` to `end` of forms <- the source's maps, their symbols, and shares of n units to both."""
    with loop(first, end, LANES) as j:
        block = M + j * rows
        add(block, source + j, forms + j, p, shares, q, units, n, MAP)
        with loop(COMPONENTS, COMPONENTS + symbols, AT_ONCE) as i:
            here = forms + j + i * p
            add(block, here, here, p, shares + i * q, q, units, n, (False,) * AT_ONCE)


@traced
def copy_row(M, rows, unit, target, first, end):
    """The columns from `first` to `end` of target <- the unit's row."""
    with loop(first, end, LANES) as j:
        for v in range(0, LANES, target.lanes):
            (target + v)[j] = (M + j * rows + unit * LANES + v)[0]


@lean
def pass_on(walk, work, net, M, rows, origin, source, first, end, n, symbols, found):
    """Adds the forms of n units to the columns of later layers, from `first` to `end`, and begins new symbols there.

    The source holds the maps of these columns: forms, or a slot where they are not among the forms yet.
    Row i of M is that of column origin + i. Some components behind the last symbol are written too: they begin later.
    """
    forms, p = work.forms, net.padded
    for i in range(n):
        work.adding[i] -= origin
    add_forms(M, rows, source, forms, p, first, end, work.shares, walk.widest, work.adding, n, symbols)
    for symbol in range(symbols, found):
        start = (COMPONENTS + symbol) * p
        copy_row(M, rows, work.symbols[symbol] - origin, at(forms, start), first, end)
        for j in range(end, p):
            forms[start + j] = 0


@lean
def fill_matrix(walk, stacks, work, net, new, n):
    """M of the new net <- the weights of its symbols in the columns of later layers."""
    numbers, symbols, forms, p, k, l = stacks.numbers, work.symbols, work.forms, net.padded, new.units, 0
    for i in range(n, n + LANES):
        symbols[i] = symbols[n - 1]  # any whose weights are there
    for first in range(0, n, LANES):
        while l < walk.depth and start_of(stacks, new, l + 1) < min(first + LANES, n):
            l += 1
        rows, block = start_of(stacks, new, l), at(numbers, new.weights + first * k)
        for v in range(0, LANES, WIDTH):
            gather(at(forms, COMPONENTS * p), p, at(symbols, first + v), rows, at(block, v), LANES)
    clear_own(stacks, new, walk.depth)


@lean
def clear_own(stacks, new, depth):
    """M <- 0 where a block has columns of later layers beside those of a unit's own."""
    for l in range(1, depth):
        later = start_of(stacks, new, l + 1)
        first = later // LANES * LANES
        for j in range(start_of(stacks, new, l), later):
            row = new.weights + first * new.units + j * LANES
            for i in range(later - first):
                stacks.numbers[row + i] = 0


@lean
def found_net(walk, stacks, work, net, here, symbols):
    """The net of the symbols' columns and those of the outputs, above the slot at hand.

    Returns what there was no room for, or DONE.
    """
    new, numbers, forms, p = stacks.nets[here.net + 1], stacks.numbers, work.forms, net.padded
    n, output = symbols + walk.outputs, start_of(stacks, net, walk.depth)
    new.units, new.padded, new.end = symbols, -(-n // LANES) * LANES, new.rows + n
    new.weights = here.slot + 4 * p
    n_jumping = start_of(stacks, new, 2) + 1 if walk.decides else 0
    base = new.weights + symbols * new.padded + n_jumping * (new.padded + LANES)
    if base + 16 * new.padded > len(numbers):
        return NET_FULL
    for i in range(walk.outputs):
        work.symbols[symbols + i] = output + i
    for i in range(n):
        column = work.symbols[i]
        stacks.columns[new.rows + i] = row_of_column(stacks, net, column)
        for k in range(COMPONENTS):
            numbers[base + k * new.padded + i] = forms[k * p + column]
    for i in range(n, new.padded):  # what no unit is for is finite, for sums over whole vectors, and not near zero
        for k in range(COMPONENTS):
            numbers[base + k * new.padded + i] = 1.0 if k > 1 else 0.0
    fill_matrix(walk, stacks, work, net, new, n)
    if walk.decides:
        found_jumps(walk, stacks, work, new)
    move_border(walk, stacks, here, here.length)
    for i in range(here.length):
        stacks.units[here.list + here.length + i] = i
    here.list += here.length
    here.own = here.slot = base
    here.net += 1
    here.splits = 0
    return DONE


@lean_inlined
def has_room(walk, work, net, symbols):
    """Whether so many symbols, and some more behind them, have room among forms and shares."""
    components = COMPONENTS + symbols + AT_ONCE
    return components * net.padded <= len(work.forms) and components * walk.widest <= len(work.shares)


@lean
def focus(plan, walk, stacks, work, here):
    """Gives the cell a net of its own; returns what there was no room for, or DONE."""
    net, new, l, symbols = stacks.nets[here.net], stacks.nets[here.net + 1], here.layer, 0
    p, zone, depth, columns = net.padded, walk.sure + 2 * here.blur, walk.depth, stacks.columns
    new.starts = net.end
    new.sound = new.starts + depth + 2
    new.rows = new.sound + depth + 1
    if new.rows + p > len(columns):
        return NET_FULL
    if not has_room(walk, work, net, 0):
        return FORMS_FULL
    open_forms(stacks, work, net, here)
    m = list_corners(stacks, work, here)
    for k in range(l + 1):
        columns[new.starts + k], columns[new.sound + k] = 0, columns[net.sound + k]
    for k in range(l, depth):
        first, later = start_of(stacks, net, k), start_of(stacks, net, k + 1)
        find_ranges(
            work.forms, p, first, later - first, work.corners, m, walk.reach_x, walk.reach_y, work.ranges,
            symbols, zone, work.bounds, walk.widest,
        )  # fmt: skip
        if k == l:
            n, found, largest = settle_at_hand(plan, walk, stacks, work, net, here)
        else:
            n, found, largest = settle(plan, walk, stacks, work, net, k, symbols)
        columns[new.sound + k] = columns[net.sound + k] * (largest <= EXACT * plan.layers[k].grain)
        if not has_room(walk, work, net, found):
            return FORMS_FULL
        weigh_forms(walk, work, net, first, n, symbols, plan.layers[k].slope != 0)
        if here.net == 0:
            rows, end = plan.layers[k].width, start_of(stacks, net, k + 2)
            M = at(plan.W, plan.layers[k + 1].weights - later * rows)
            pass_on(walk, work, net, M, rows, first, at(work.forms, 0), later, end, n, symbols, found)
        else:
            M = at(stacks.numbers, net.weights)
            source = at(stacks.numbers, here.slot) if k == l else at(work.forms, 0)
            pass_on(walk, work, net, M, net.units, 0, source, later // LANES * LANES, p, n, symbols, found)
        symbols = found
        columns[new.starts + k + 1] = symbols
    columns[new.starts + depth + 1] = symbols + walk.outputs
    return found_net(walk, stacks, work, net, here, symbols)
