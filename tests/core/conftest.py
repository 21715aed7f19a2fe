"""Regions in rational arithmetic: slow, and exact by construction."""

from fractions import Fraction
from itertools import combinations, pairwise

import pytest

from core.activations import LEAKY_SLOPE


def value(form, point):
    """a x + … + c at a point."""
    return sum(a * x for a, x in zip(form[:-1], point, strict=True)) + form[-1]


def between(p, q, at_p, at_q):
    """Where an affine function with these values of opposite sign is zero."""
    t = at_p / (at_p - at_q)
    return tuple(x + t * (y - x) for x, y in zip(p, q, strict=True))


def part(points, values, side):
    """The part of an interval or a polygon where side * values >= 0."""
    found = []
    ring = list(zip(points, values, strict=True))
    for (p, at_p), (q, at_q) in pairwise([*ring, ring[0]]):
        if side * at_p >= 0:
            found.append(p)
        if at_p * at_q < 0:
            found.append(between(p, q, at_p, at_q))
    return sorted(set(found)) if len(points[0]) == 1 else found


def cut(cells, unit_form):
    """Every cell (points, signs), cut where the unit's form is zero; the unit's sign is appended."""
    for points, signs in cells:
        values = [value(unit_form, p) for p in points]
        if max(values) > 0 > min(values):
            yield part(points, values, 1), (*signs, 1)
            yield part(points, values, -1), (*signs, -1)
        else:
            yield points, (*signs, (max(values) > 0) - (min(values) < 0))


def combined(forms, weights, bias):
    """The affine form of one unit from those of the layer before."""
    columns = zip(*forms, strict=True)
    *slopes, constant = [sum(w * x for w, x in zip(weights, column, strict=True)) for column in columns]
    return (*slopes, constant + bias)


def facets(points):
    """The ends of an interval, or the edges of a polygon."""
    return points if len(points[0]) == 1 else list(pairwise([*points, points[0]]))


def touch(one, other):
    """Whether two facets share a piece of full dimension: a point on a line, a length in a plane."""
    if len(one) == 1:
        return one == other
    (p, q), (r, s) = one, other
    along = (q[0] - p[0], q[1] - p[1])
    if any(along[0] * (t[1] - p[1]) != along[1] * (t[0] - p[0]) for t in (r, s)):
        return False
    place = [along[0] * t[0] + along[1] * t[1] for t in (p, q, r, s)]
    return min(max(place[:2]), max(place[2:])) > max(min(place[:2]), min(place[2:]))


def components(cells):
    """The number of connected sets of cells (points, form) that share facets and the form."""
    labels = list(range(len(cells)))
    for i, j in combinations(range(len(cells)), 2):
        same = cells[i][1] == cells[j][1] and labels[i] != labels[j]
        if same and any(touch(e, f) for e in facets(cells[i][0]) for f in facets(cells[j][0])):
            labels = [labels[i] if label == labels[j] else label for label in labels]
    return len(set(labels))


def exact_regions(net, box):
    """(activation, linear) regions of a network of one or two inputs; floats at their word, the leaky slope 1/10."""
    d, hidden = net.widths[0], net.depth - 1
    names = (net.activation,) * hidden if isinstance(net.activation, str) else net.activation
    slopes = {"identity": 1, "relu": 0, "leaky_relu": Fraction(str(LEAKY_SLOPE)), "absolute": -1}
    learnt = iter(net.theta[net.n_parameters - names.count("prelu") :])
    limits = [tuple(map(Fraction, side)) for side in box]
    corners = [(x,) for x in limits[0]]
    if d == 2:
        (x0, x1), (y0, y1) = limits
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    inputs = [tuple(Fraction(i == j) for j in range(d + 1)) for i in range(d)]
    cells = [(corners, inputs)]
    layers = [([[Fraction(float(w)) for w in row] for row in W.T], list(map(float, b))) for W, b in net.layers()]
    for (W, b), name in zip(layers, [*names, None], strict=True):
        slope = Fraction(float(next(learnt))) if name == "prelu" else slopes.get(name)
        after = []
        for points, forms in cells:
            Z = [combined(forms, weights, Fraction(bias)) for weights, bias in zip(W, b, strict=True)]
            pieces = [(points, ())]
            if name in (None, "identity"):
                after.append((points, Z))
                continue
            for form in Z:
                pieces = list(cut(pieces, form))
            for piece, signs in pieces:
                gains = [1 if sign > 0 else slope if sign < 0 else 0 for sign in signs]
                after.append((piece, [tuple(g * a for a in form) for g, form in zip(gains, Z, strict=True)]))
        cells = after
    return len(cells), components([(points, tuple(forms)) for points, forms in cells])


@pytest.fixture(scope="session", name="exact_regions")
def _exact_regions():
    return exact_regions
