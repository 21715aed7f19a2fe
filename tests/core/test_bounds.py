"""Bounds on the number of regions: values that are in print, and how the bounds stand to one another."""

from itertools import product
from math import comb, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.regions import bounds


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
]


@pytest.mark.parametrize(("bound", "arguments", "expected"), WORKED)
def test_worked_values(bound, arguments, expected):
    assert bound(*arguments) == expected


@pytest.mark.parametrize("bound", [bounds.pascanu, bounds.montufar, bounds.montufar2017, bounds.serra])
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
    values = [bound(widths) for bound in (bounds.pascanu, bounds.montufar, bounds.serra, bounds.montufar2017)]
    assert values == sorted(values)
    assert values[-1] <= 2 ** sum(hidden)


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
        (lambda: bounds.serra((2,)), "it must name the inputs and at least one layer"),
        (lambda: bounds.zaslavsky(0, 4), "n_inputs is 0; it must be an integer at least 1"),
        (lambda: bounds.zaslavsky(2, 2.5), "n_hyperplanes is 2.5"),
    ],
)
def test_widths_that_a_bound_does_not_cover_are_refused(bound, message):
    with pytest.raises(ValueError, match=message):
        bound()
