"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

A value of z at a point is zero without doubt where z is the map of the unit that changes sign there (a duplicated
unit), where neither has a constant term (they meet in the origin), where the map is nothing at all (a unit without
weights), and where the maps are free of rounding, their determinant is so too, and it is zero.
"""

from core.kernels.jit import lean
from core.kernels.rounding import EXACT


@lean
def zero_for_a_reason(unit, point):
    """Whether a map (a, c, grain) is surely zero where another one is; the grain is 0 if the map was rounded."""
    (a, c, p), (d, f, q) = unit, point
    equal, opposite, origin = a == d and c == f, a == -d and c == -f, c == 0 and f == 0
    return equal or opposite or origin or (a * f == c * d and p * q > 0 and abs(a * f) + abs(c * d) <= EXACT * p * q)


@lean
def is_doubtful(sweep, z, place, p, grain, end):
    """1 where the map at `place` is too near zero at an end of a piece, and not for a reason, or else 0."""
    a, c, terms = z[place], z[place + p], z[place + 2 * p]
    if terms == 0 or abs(a * end.x + c) > (sweep.doubt + end.blur) * terms:
        return 0
    other = (1.0, -end.x) if end.padded == 0 else (z[end.place], z[end.place + end.padded])
    return 0 if zero_for_a_reason((a, c, grain), (other[0], other[1], end.grain)) else 1
