"""Values so near zero that rounding may have chosen their sign, and those of them that are zero for a reason.

A value of z at a vertex is zero without doubt where z is the map of an edge that meets there (a duplicated unit), where
it and both edges have no constant term (they meet in the origin), where the map is nothing at all (a unit without
weights), and where the maps are free of rounding, the determinant of the three lines is so too, and it is zero.
"""

from core.kernels.jit import lean
from core.kernels.plane.maps import EXACT, place
from core.kernels.plane.polygons import row_of


@lean
def line(layers, z, depth, vertex):
    """The map a, b, c that is zero along the edge leaving a vertex, and its grain, 0 if it was rounded."""
    row, l = row_of(vertex.tag), 1
    if row == 0:
        return 1.0, 0.0, -vertex.x, layers[0].grain
    if row == 1:
        return 0.0, 1.0, -vertex.y, layers[0].grain
    while l < depth - 1 and row >= layers[l + 1].row:
        l += 1
    at, p = place(layers[l]) + row - layers[l].row, layers[l].padded
    return z[at], z[at + p], z[at + 2 * p], layers[l].exact * layers[l].grain


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
            if not zero_for_a_reason((a, b, c, layers[l].exact * layers[l].grain), lines[0], lines[1]):
                return 1
    return 0
