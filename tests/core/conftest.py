"""Regions in rational arithmetic, in any number of dimensions: slow, and exact by construction.

A point is d + 1 integers, the last of which divides the others; a form is d + 1 fractions (a, c), for a x + c. A cell
is {point: its tight forms}, as indices of `forms`, all of which are >= 0 on the cell.
"""

from fractions import Fraction
from itertools import combinations, product
from math import gcd, lcm

import pytest

from core.activations import LEAKY_SLOPE


def value(form, point):
    """a x + c at a point, times the point's divisor."""
    return sum(a * x for a, x in zip(form, point, strict=True))


def whole(form):
    """A multiple of the form by a number above 0, in integers."""
    common = lcm(*(Fraction(a).denominator for a in form))
    return tuple(int(a * common) for a in form)


def between(p, q, at_p, at_q):
    """Where a form with these values, above and below 0, is zero."""
    point = [at_p * y - at_q * x for x, y in zip(p, q, strict=True)]
    common = gcd(*point)
    return tuple(x // common for x in point)


def rank(rows):
    """How many rows of integers are independent."""
    rows, n = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[n:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(n, pivot)
        n += 1
        for i in range(n, len(rows)):
            head = rows[i][column]
            rows[i] = [pivot[column] * a - head * b for a, b in zip(rows[i], pivot, strict=True)]
    return n


def part(cell, forms, index):
    """The part of a cell where the form of this index is >= 0.

    A point between two vertices is a vertex of the part if the forms that are tight at both leave one dimension.
    """
    values = {point: value(forms[index], point) for point in cell}
    found = {p: tight | {index} if values[p] == 0 else tight for p, tight in cell.items() if values[p] >= 0}
    above, below = [p for p in cell if values[p] > 0], [p for p in cell if values[p] < 0]
    d = len(forms[index]) - 1
    for p, q in product(above, below):
        common = cell[p] & cell[q]
        if len(common) >= d - 1 and rank([forms[i][:-1] for i in common]) == d - 1:
            found[between(p, q, values[p], values[q])] = common | {index}
    return found


def cut(cells, unit_form, forms):
    """Every cell (points, signs), cut where the unit's form is zero; the unit's sign is appended."""
    upper = len(forms)
    forms += [whole(unit_form), whole([-a for a in unit_form])]
    for points, signs in cells:
        values = [value(forms[upper], p) for p in points]
        if max(values) > 0 > min(values):
            yield part(points, forms, upper), (*signs, 1)
            yield part(points, forms, upper + 1), (*signs, -1)
        else:
            yield points, (*signs, (max(values) > 0) - (min(values) < 0))


def combined(forms, weights, bias):
    """The affine form of one unit from those of the layer before."""
    columns = zip(*forms, strict=True)
    *slopes, constant = [sum(w * x for w, x in zip(weights, column, strict=True)) for column in columns]
    return (*slopes, constant + bias)


def touch(one, other, forms):
    """Whether two cells share a piece of full dimension of their facets: their intersection spans d - 1 dimensions."""
    for index in set().union(*other.values()):
        if one:
            one = part(one, forms, index)
    return len(one) > 0 and rank(one) == len(next(iter(one))) - 1


def components(cells, forms):
    """The number of connected sets of cells (points, map) that share facets and the map."""
    labels = list(range(len(cells)))
    for i, j in combinations(range(len(cells)), 2):
        if cells[i][1] == cells[j][1] and labels[i] != labels[j] and touch(cells[i][0], cells[j][0], forms):
            labels = [labels[i] if label == labels[j] else label for label in labels]
    return len(set(labels))


def whole_box(box):
    """The box as a cell, and the forms of its sides."""
    d, limits, forms = len(box), [tuple(map(Fraction, side)) for side in box], []
    for i, (low, high) in enumerate(limits):
        axis = [Fraction(i == j) for j in range(d)]
        forms += [whole([*axis, -low]), whole([*(-a for a in axis), high])]
    corners = {}
    for sides in product((0, 1), repeat=d):
        point = whole([*(limits[i][side] for i, side in enumerate(sides)), 1])
        corners[point] = frozenset(2 * i + side for i, side in enumerate(sides))
    return corners, forms


def exact_census(net, box):
    """(activation regions, linear regions, distinct maps); floats at their word, the leaky slope 1/10."""
    d, hidden = net.widths[0], net.depth - 1
    names = (net.activation,) * hidden if isinstance(net.activation, str) else net.activation
    slopes = {"identity": 1, "relu": 0, "leaky_relu": Fraction(str(LEAKY_SLOPE)), "absolute": -1}
    learnt = iter(net.theta[net.n_parameters - names.count("prelu") :])
    corners, forms = whole_box(box)
    cells = [(corners, [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)])]
    layers = [([[Fraction(float(w)) for w in row] for row in W.T], list(map(float, b))) for W, b in net.layers()]
    for (W, b), name in zip(layers, [*names, None], strict=True):
        slope = Fraction(float(next(learnt))) if name == "prelu" else slopes.get(name)
        after = []
        for points, maps in cells:
            Z = [combined(maps, weights, Fraction(bias)) for weights, bias in zip(W, b, strict=True)]
            pieces = [(points, ())]
            if name in (None, "identity"):
                after.append((points, Z))
                continue
            for form in Z:
                pieces = list(cut(pieces, form, forms))
            for piece, signs in pieces:
                gains = [1 if sign > 0 else slope if sign < 0 else 0 for sign in signs]
                after.append((piece, [tuple(g * a for a in form) for g, form in zip(gains, Z, strict=True)]))
        cells = after
    cells = [(points, tuple(maps)) for points, maps in cells]
    return len(cells), components(cells, forms), len({maps for _, maps in cells})


@pytest.fixture(scope="session", name="exact_census")
def _exact_census():
    return exact_census


@pytest.fixture(scope="session", name="exact_regions")
def _exact_regions():
    return lambda net, box: exact_census(net, box)[:2]
