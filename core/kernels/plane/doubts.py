"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

A reason helps only a value that is taken for zero: where the snap is too small for that, its sign is one of rounding.

A value of z at a vertex is zero without doubt where z is the map of an edge that meets there (a duplicated unit), where
it and both edges have no constant term (they meet in the origin), where the map is nothing at all (a unit without
weights), and where the maps are free of rounding, the determinant of the three lines is so too, and it is zero.
"""

from core.kernels.jit import lean
from core.kernels.plane.nets import affine_at, exact_grain
from core.kernels.plane.polygons import row_of
from core.kernels.rounding import EXACT


@lean
def line(plan, stacks, work, vertex):
    """The map a, b, c that is zero along the edge leaving a vertex, and its grain, 0 if it was rounded."""
    row = row_of(vertex.tag)
    if row == 0:
        return 1.0, 0.0, -vertex.x, plan.layers[0].grain
    if row == 1:
        return 0.0, 1.0, -vertex.y, plan.layers[0].grain
    found, z = work.lines[row], stacks.numbers
    return z[found.place], z[found.place + found.padded], z[found.place + 2 * found.padded], found.grain


@lean
def same_line(one, other):
    """Whether two maps are equal or opposite to the last bit."""
    equal = one[0] == other[0] and one[1] == other[1] and one[2] == other[2]
    return equal or (one[0] == -other[0] and one[1] == -other[1] and one[2] == -other[2])


@lean
def zero_for_a_reason(unit, one, other):
    """Whether a unit's map (a, b, c, grain) is surely zero where two lines meet."""
    if same_line(unit, one) or same_line(unit, other) or (unit[2] == 0 and one[2] == 0 and other[2] == 0):
        return True
    (a, b, c, p), (d, e, f, q), (g, h, i, r) = unit, one, other
    terms = abs(a) * (abs(e * i) + abs(f * h)) + abs(b) * (abs(d * i) + abs(f * g)) + abs(c) * (abs(d * h) + abs(e * g))
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return determinant == 0 and p * q * r > 0 and terms <= EXACT * p * q * r


@lean
def is_doubtful(plan, walk, stacks, work, net, here, unit, zone):
    """1 where a value of a unit of the layer at hand in the zone is not taken for 0, or not for a reason; else 0."""
    z, at, p, start, m = stacks.numbers, here.own + unit, net.padded, here.start, here.size
    a, b, c, terms = z[at], z[at + p], z[at + 2 * p], z[at + 3 * p]
    if terms == 0:
        return 0
    for i in range(m):
        vertex, before = stacks.polygons[start + i], stacks.polygons[start + (i - 1 if i > 0 else m - 1)]
        value = abs(affine_at(a, b, c, vertex.x, vertex.y))
        if value <= zone * terms:
            one, other = line(plan, stacks, work, vertex), line(plan, stacks, work, before)
            reason = zero_for_a_reason((a, b, c, exact_grain(plan, work, here.layer)), one, other)
            if value > walk.snap * terms or not reason:
                return 1
    return 0
