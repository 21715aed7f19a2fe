"""Bounds on the number of regions: values that are in print, and how the bounds stand to one another."""

from fractions import Fraction
from itertools import pairwise, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core
from core import streams
from core.regions import bounds, count


def test_deep_and_shallow_networks_of_equal_units_in_print():
    deep = [bounds.montufar((2, *[8] * k, 1)) for k in range(1, 5)]
    shallow = [bounds.zaslavsky(2, 8 * k) for k in range(1, 5)]
    assert deep == [37, 592, 9472, 151552]
    assert shallow == [37, 137, 301, 529]


WORKED = [
    (bounds.zaslavsky, (1, 5), 6),
    (bounds.zaslavsky, (3, 2), 4),
    (bounds.zaslavsky, (2, 0), 1),
    (bounds.pascanu, ((2, 8, 8, 1),), 148),
    (bounds.montufar, ((1, 3, 3, 3, 1),), 3 * 3 * 4),
    (bounds.montufar2017, ((2, 8, 8, 1),), 37**2),
    (bounds.montufar2017, ((3, 2, 5, 1),), 4 * 16),
    (bounds.serra, ((2, 8, 8, 1),), 37**2),
    (bounds.serra, ((1, 3, 3, 1),), 16),
    (bounds.serra, ((2, 3, 3, 1),), 40),
    (bounds.central, (1, 5), 2),
    (bounds.central, (2, 8), 16),
    (bounds.central, (3, 4), 14),
    (bounds.central, (3, 0), 1),
    (bounds.serra_lower, ((1, 3, 3, 1),), 16),
    (bounds.serra_lower, ((2, 8, 8, 1),), 925),
    (bounds.arora, ((2, 8, 8, 1),), 64),
    (bounds.arora, ((2, 8, 1),), 8),
    (bounds.raghu, ((2, 8, 8, 1),), 37**2),
    (bounds.raghu, ((3, 2, 5, 1),), 104),
    (bounds.hanin_rolnick, ((2, 8, 8, 1),), 128),
    (bounds.hanin_rolnick, ((3, 5, 5, 1),), Fraction(1000, 6)),
    (bounds.hanin_rolnick, ((3, 5, 5, 1), Fraction(1, 2)), Fraction(125, 6)),
    (bounds.hanin_rolnick, ((5, 2, 2, 1),), 16),
]


@pytest.mark.parametrize(("bound", "arguments", "expected"), WORKED)
def test_worked_values(bound, arguments, expected):
    assert bound(*arguments) == expected


@pytest.mark.parametrize(
    "bound", [bounds.pascanu, bounds.montufar, bounds.montufar2017, bounds.serra, bounds.serra_lower, bounds.raghu]
)
def test_one_hidden_layer_is_an_arrangement_and_none_is_one_region(bound):
    assert bound((3, 10, 2)) == bounds.zaslavsky(3, 10)
    assert bound((3, 2)) == 1


def serra_by_definition(n_inputs, hidden):
    """The sum over all (j_1, …) as it is printed."""
    total = 0
    for j in product(*(range(width + 1) for width in hidden)):
        spare = [n_inputs, *(width - k for width, k in zip(hidden, j, strict=True))]
        if all(k <= min(spare[: l + 1]) for l, k in enumerate(j)):
            total += prod(comb(width, k) for width, k in zip(hidden, j, strict=True))
    return total


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_serra_is_the_sum_in_print(n_inputs, hidden):
    assert bounds.serra((n_inputs, *hidden, 1)) == serra_by_definition(n_inputs, hidden)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(1, 4), st.lists(st.integers(4, 12), min_size=1, max_size=4))
def test_the_bounds_stand_in_order(n_inputs, hidden):
    widths = (n_inputs, *hidden, 1)
    order = [bounds.pascanu, bounds.montufar, bounds.serra, bounds.montufar2017, bounds.raghu]
    if min(hidden) >= 3 * n_inputs:
        order.insert(2, bounds.serra_lower)
    values = [bound(widths) for bound in order]
    assert values == sorted(values)
    assert bounds.arora(widths) <= bounds.serra(widths)
    assert values[-1] <= 2 ** sum(hidden)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.integers(3, 9), min_size=1, max_size=5))
def test_for_one_input_serras_bounds_meet(hidden):
    widths = (1, *hidden, 1)
    assert bounds.serra_lower(widths) == bounds.serra(widths) == prod(width + 1 for width in hidden)


# --- networks that were written down, counted


def zigzag(width):
    """(W, b, readout, shift) of ReLU units that map width + 1 pieces of [0, 1] onto it, down and up in turn.

    The last two units look left, so that the piece before the first kink has a slope as well: minus the sum of their
    weights. That it is the right slope asks of one piece to be half as long as the others.
    """
    lengths = np.ones(width + 1)
    lengths[width - 2 if width % 2 == 0 else width] = 0.5
    slopes = np.where(np.arange(width + 1) % 2 == 0, -1, 1) * lengths.sum() / lengths
    kinks, weights = np.cumsum(lengths)[:-1] / lengths.sum(), np.diff(slopes)
    sides = np.where(np.arange(width) < width - 2, 1.0, -1.0)
    return sides[np.newaxis], -sides * kinks, weights[:, np.newaxis], 1 - weights[-2:] @ kinks[-2:]


@pytest.mark.parametrize("width", [3, 4, 7])
def test_a_zigzag_has_one_piece_more_than_units_and_each_goes_from_0_to_1(width):
    W, b, readout, shift = zigzag(width)
    kinks = np.sort(np.concatenate([[0, 1], -b / W[0]]))[:, np.newaxis]
    net = core.Network.from_layers([(W, b), (readout, [shift])])
    np.testing.assert_allclose(net(kinks)[:, 0], np.arange(1, width + 3) % 2, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("n_inputs", "hidden"), [(1, (3, 3)), (1, (4, 5, 4)), (2, (6, 6)), (2, (6, 8, 6))])
def test_serras_lower_bound_is_met_by_a_network_that_folds_one_piece_more(n_inputs, hidden):
    before, offset, layers = np.eye(n_inputs), np.zeros(n_inputs), []
    for width in hidden[:-1]:
        W, b, readout, shift = zigzag(width // n_inputs)
        spread = np.kron(np.eye(n_inputs), W)
        layers.append((before @ spread, np.tile(b, n_inputs) + offset @ spread))
        before, offset = np.kron(np.eye(n_inputs), readout), np.full(n_inputs, shift)
    normals, offsets = core.constructions.folds(n_inputs, hidden[-1], 1).layers()[0]
    layers.append((before @ normals, offsets + offset @ normals))
    net = core.Network.from_layers([*layers, (np.arange(1.0, hidden[-1] + 1)[:, np.newaxis], [0])])
    assert count(net, [[0, 1]] * n_inputs).linear == bounds.serra_lower((n_inputs, *hidden, 1))


@pytest.mark.parametrize(("n_inputs", "generators", "folds"), [(2, 3, 2), (2, 5, 1), (3, 3, 1), (3, 4, 2)])
def test_aroras_bound_is_met_by_a_folded_zonotope(n_inputs, generators, folds):
    B = streams.stream(0, "zonotope", n_inputs, generators).standard_normal((n_inputs, generators))
    spread, turns, gather = [[3.0, 6.0, 6.0]], [0, -2.0, -4.0], np.array([[1.0], [-1.0], [1.0]])
    layers, before = [(np.hstack([B, -B]), np.zeros(2 * generators))], np.ones((2 * generators, 1))
    for _ in range(folds):
        layers.append((before @ spread, turns))
        before = gather
    net = core.Network.from_layers([*layers, (before, [0])])
    assert count(net, [[-9, 9]] * n_inputs).linear == bounds.arora((n_inputs, 2 * generators, *[3] * folds, 1))


def arrangements(n_inputs, n, bias):
    """The most regions of some random arrangements of n hyperplanes, on a box that holds every crossing."""
    rng = streams.stream(0, "arrangements", n_inputs, n)
    layers = [
        [(rng.standard_normal((n_inputs, n)), bias * rng.standard_normal(n)), (np.ones((n, 1)), [0])] for _ in range(5)
    ]
    return max(count(core.Network.from_layers(pair), [[-1e4, 1e4]] * n_inputs).activation for pair in layers)


@pytest.mark.parametrize(("n_inputs", "n"), [(1, 4), (2, 7), (3, 6)])
def test_random_hyperplanes_meet_zaslavsky_and_without_biases_the_central_number(n_inputs, n):
    assert arrangements(n_inputs, n, bias=0.1) == bounds.zaslavsky(n_inputs, n)
    assert arrangements(n_inputs, n, bias=0) == bounds.central(n_inputs, n)


@pytest.mark.parametrize("widths", [(1, 2, 2, 1), (1, 3, 2, 1), (2, 2, 2, 1), (2, 3, 2, 1)])
def test_no_network_of_many_exceeds_the_upper_bounds(widths):
    rng = streams.stream(0, "many", *widths)
    layers = [[(rng.standard_normal((p, q)), rng.standard_normal(q)) for p, q in pairwise(widths)] for _ in range(300)]
    most = max(count(core.Network.from_layers(each), [[-9, 9]] * widths[0]).linear for each in layers)
    assert 0.5 * bounds.serra(widths) <= most <= bounds.serra(widths)


def test_bounds_are_exact_where_floats_are_not():
    assert bounds.montufar((2, *[8] * 40, 1)) == 16**39 * 37


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        (
            lambda: bounds.montufar((3, 2, 5, 1)),
            r"widths \(3, 2, 5, 1\) have a hidden layer of 2 units; .* the 3 inputs",
        ),
        (lambda: bounds.pascanu((3, 5, 2, 1)), "a hidden layer of 2 units"),
        (lambda: bounds.serra_lower((2, 5, 6, 1)), "a hidden layer of 5 units; .* at least 3 times the 2 inputs"),
        (lambda: bounds.arora((2, 1, 4, 1)), "a first hidden layer of 1 unit; this bound needs at least 2"),
        (lambda: bounds.hanin_rolnick((2, 4, 1), 0), "constant is 0; it must be above 0"),
        (lambda: bounds.central(0, 4), "n_inputs is 0"),
        (lambda: bounds.serra((2,)), "it must name the inputs and at least one layer"),
        (lambda: bounds.zaslavsky(0, 4), "n_inputs is 0; it must be an integer at least 1"),
        (lambda: bounds.zaslavsky(2, 2.5), "n_hyperplanes is 2.5"),
    ],
)
def test_widths_that_a_bound_does_not_cover_are_refused(bound, message):
    with pytest.raises(ValueError, match=message):
        bound()
