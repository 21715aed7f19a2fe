"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

The latter are set to 0, the others make a count uncertain. A unit is zero at a vertex without doubt where one of the
facets that meet there is its own hyperplane (a duplicated unit), where it and all that meet there have no constant term
(they meet in the origin), and where the maps and the vertex are free of rounding, and all of them are zero there. That
a value is 0 to the last bit is no reason by itself.
"""

from core.kernels.jit import lean
from core.kernels.space.bitsets import holds
from core.kernels.space.records import BOX, DOUBTS, SEVERAL

FINE = 2.0**20  # a vertex whose coordinates are multiples of 1 / FINE may be free of rounding


@lean
def same_hyperplane(work, one, other):
    """Whether the maps of two units are equal or opposite to the last bit."""
    equal, opposite = work.c[one] == work.c[other], work.c[one] == -work.c[other]
    for k in range(work.a.shape[1]):
        equal = equal and work.a[one, k] == work.a[other, k]
        opposite = opposite and work.a[one, k] == -work.a[other, k]
    return equal or opposite


@lean
def is_zero(layers, work, row, x):
    """Whether the unit is zero at x, and neither its map, nor x, nor the value has been rounded."""
    z = work.c[row]
    for k in range(x.size):
        z += work.a[row, k] * x[k]
        if x[k] * FINE != round(x[k] * FINE):
            return False
    return z == 0 and work.terms[row] <= layers.exact[row]


@lean
def zero_for_a_reason(layers, work, row, i):
    """Whether a unit is surely zero at vertex i."""
    x, unit = work.cell.x[i], work.facets.unit
    central, exact = work.c[row] == 0, is_zero(layers, work, row, x)
    for slot in range(unit.size):
        if not holds(work.cell.on[i], slot):
            continue
        if unit[slot] == BOX:
            central = central and x[slot >> 1] == 0
            continue
        other = unit[slot] if unit[slot] >= 0 else SEVERAL - unit[slot]
        if same_hyperplane(work, row, other):
            return True
        central = central and work.c[other] == 0
        exact = exact and is_zero(layers, work, other, x)
    return central or exact


@lean
def reason(layers, work, row, m, above, below, doubted):
    """Values nearer to 0 than `doubted` are 0 where there is a reason, whatever they are; elsewhere they are doubtful.

    Returns how many are above 0 and below then.
    """
    values = work.cut.values
    for i in range(m):
        if abs(values[i]) < doubted:
            if zero_for_a_reason(layers, work, row, i):
                above -= values[i] > 0
                below -= values[i] < 0
                values[i] = 0.0
            else:
                work.tally[DOUBTS] += 1
    return above, below
