"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

A value of z at a vertex is zero without doubt where z is the map of an edge that meets there (a duplicated unit), where
it and both edges have no constant term (they meet in the origin), where the map is nothing at all (a unit without
weights), and where the maps are free of rounding and the determinant of the three lines is zero.
"""

from core.kernels.jit import lean
from core.kernels.regions.maps import place
from core.kernels.regions.polygons import row_of


@lean
def line(layers, z, depth, vertex):
    """The map a, b, c that is zero along the edge leaving a vertex, and whether it is free of rounding."""
    row, l = row_of(vertex.tag), 1
    if row == 0:
        return 1.0, 0.0, -vertex.x, 1
    if row == 1:
        return 0.0, 1.0, -vertex.y, 1
    while l < depth - 1 and row >= layers[l + 1].row:
        l += 1
    at, p = place(layers[l]) + row - layers[l].row, layers[l].padded
    return z[at], z[at + p], z[at + 2 * p], layers[l].exact


@lean
def same_line(one, other):
    """Whether two maps are equal or opposite to the last bit."""
    equal = one[0] == other[0] and one[1] == other[1] and one[2] == other[2]
    return equal or (one[0] == -other[0] and one[1] == -other[1] and one[2] == -other[2])


@lean
def zero_for_a_reason(unit, one, other):
    """Whether a unit's map (a, b, c, exact) is surely zero where two lines meet."""
    if same_line(unit, one) or same_line(unit, other) or (unit[2] == 0 and one[2] == 0 and other[2] == 0):
        return True
    if unit[3] + one[3] + other[3] < 3:
        return False
    (a, b, c, _), (d, e, f, _), (g, h, i, _) = unit, one, other
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) == 0


@lean
def is_doubtful(layers, z, depth, pool, l, unit, start, m, zone):
    """1 where some value of the unit of layer l within the zone is not zero for a reason, or else 0."""
    at, p = place(layers[l]) + unit, layers[l].padded
    a, b, c, terms = z[at], z[at + p], z[at + 2 * p], z[at + 3 * p]
    if terms == 0:
        return 0
    for i in range(m):
        vertex, before = pool[start + i], pool[start + (i - 1 if i > 0 else m - 1)]
        if abs(a * vertex.x + b * vertex.y + c) <= zone * terms:
            lines = line(layers, z, depth, vertex), line(layers, z, depth, before)
            if not zero_for_a_reason((a, b, c, layers[l].exact), lines[0], lines[1]):
                return 1
    return 0
