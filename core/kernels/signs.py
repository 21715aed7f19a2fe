"""Which units of a layer are on, off or both on a cell: lists of them, a vector at a time."""

from core.kernels.lanes import Variable, loop, nonzero, ones, table, traced, where


def chosen(mask, n):
    """The places of n bits, first of those that are 1."""
    return sorted(range(n), key=lambda place: 1 - (mask >> place & 1))


@traced
def list_units(bounds, q, n, first, kinked, slope, between, both, adding):
    """both <- which of n units take both signs and have a kink; adding <- those whose gain is not 0; [n] <- how many.

    bounds: how far they reach above zero, and from q on, below. The gain is 1 above zero, `slope` below, `between` on
    both sides, and 0 where the unit is zero. Units count from `first`. Signs cannot be foretold, so no unit has a
    branch: a vector of them is written down at once, those that are meant in front, the next ones over the others.
    """
    nothing, lists = bounds.zeros(), [(both, Variable(n * 0)), (adding, Variable(n * 0))]
    meant = table(both, [lane for mask in range(1 << both.lanes) for lane in chosen(mask, both.lanes)])
    with loop(0, n, bounds.lanes) as j:
        above, below = nothing < bounds[j], nothing < (bounds + q)[j]
        no, one = nothing.like(slope), nothing.like(1.0)
        gain = where(below, where(above, nothing.like(between), no), where(above, one, nothing))
        two = where(below, where(above, nothing.like(kinked), nothing), nothing)
        for values, (units, number) in zip((two, gain), lists, strict=True):
            mask = nonzero(values, n - j)
            units[number.get()] = meant[mask * both.lanes] + (first + j)
            number.set(number.get() + ones(mask))
    for units, number in lists:
        units.put(n, number.get())
