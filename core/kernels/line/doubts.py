"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

A value of z at a point is zero without doubt where z is the map of the unit that changes sign there (a duplicated
unit), where neither has a constant term (they meet in the origin), where the map is nothing at all (a unit without
weights), and where the maps are free of rounding, their determinant is so too, and it is zero.
"""

from core.kernels.jit import lean
from core.kernels.line.maps import place
from core.kernels.rounding import EXACT


@lean
def map_of(layers, z, l, unit):
    """The map a, c of a unit on the piece at hand, and its grain, 0 if it was rounded."""
    at = place(layers[l]) + unit
    return z[at], z[at + layers[l].padded], layers[l].exact * layers[l].grain


@lean
def zero_for_a_reason(unit, point):
    """Whether a map (a, c, grain) is surely zero where another one is."""
    (a, c, p), (d, f, q) = unit, point
    equal, opposite, origin = a == d and c == f, a == -d and c == -f, c == 0 and f == 0
    return equal or opposite or origin or (a * f == c * d and p * q > 0 and abs(a * f) + abs(c * d) <= EXACT * p * q)


@lean
def is_doubtful(layers, z, sweep, l, unit, point):
    """1 where the value of the unit of layer l at a point is too near zero, and not for a reason, or else 0."""
    own = map_of(layers, z, l, unit)
    terms = z[place(layers[l]) + 2 * layers[l].padded + unit]
    if terms == 0 or abs(own[0] * point.x + own[1]) > (sweep.doubt + point.blur) * terms:
        return 0
    if point.layer == 0:
        return 0 if zero_for_a_reason(own, (1.0, -point.x, layers[0].grain)) else 1
    return 0 if zero_for_a_reason(own, map_of(layers, z, point.layer, point.unit)) else 1
