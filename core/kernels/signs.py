"""Which units of a layer are on, off or both on a cell: lists of them, a vector at a time."""

from core.kernels.lanes import Variable, loop, nonzero, traced, where


@traced
def list_units(bounds, q, n, first, kinked, slope, between, both, adding):
    """both <- which of n units take both signs and have a kink; adding <- those whose gain is not 0; [n] <- how many.

    bounds: how far they reach above zero, and from q on, below. The gain is 1 above zero, `slope` below, `between` on
    both sides, and 0 where the unit is zero. Units count from `first`. Signs cannot be foretold, so no unit has a
    branch: each is written down, the next one over it if it is not meant.
    """
    nothing, lists = bounds.zeros(), [(both, Variable(n * 0)), (adding, Variable(n * 0))]
    with loop(0, n, bounds.lanes) as j:
        above, below = nothing < bounds[j], nothing < (bounds + q)[j]
        no, one = nothing.like(slope), nothing.like(1.0)
        gain = where(below, where(above, nothing.like(between), no), where(above, one, nothing))
        two = where(below, where(above, nothing.like(kinked), nothing), nothing)
        for values, (units, number) in zip((two, gain), lists, strict=True):
            mask = nonzero(values, n - j)
            for lane in range(bounds.lanes):
                units.put(number.get(), first + j + lane)
                number.set(number.get() + mask // (1 << lane) % 2)
    for units, number in lists:
        units.put(n, number.get())
