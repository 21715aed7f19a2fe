"""Networks whose weights are written down, against what they were written for."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, special

from core import constructions, streams

EPS = np.finfo(np.float64).eps


def test_xor_is_exclusive_or():
    bits = list(product([0, 1], repeat=2))
    assert_array_equal(constructions.xor()(bits)[:, 0], [a ^ b for a, b in bits])
    assert constructions.xor().widths == (2, 2, 1)


# --- the sawtooth


def tent(x):
    return 2 * x if x < Fraction(1, 2) else 2 - 2 * x


@pytest.mark.parametrize("k", range(1, 11))
def test_a_sawtooth_is_the_tent_applied_k_times(k):
    exact = [Fraction(i, 2**k) for i in range(2**k + 1)]
    x = np.array([[float(t)] for t in exact])
    for _ in range(k):
        exact = [tent(t) for t in exact]
    assert_array_equal(constructions.sawtooth(k)(x)[:, 0], [float(t) for t in exact])


def test_a_sawtooth_stays_exact_where_every_bit_of_x_counts():
    numerators = streams.stream(0, "dyadic").integers(2**50, size=200)
    exact = [Fraction(int(i), 2**50) for i in numerators]
    x = np.array([[float(t)] for t in exact])
    for _ in range(50):
        exact = [tent(t) for t in exact]
    assert_array_equal(constructions.sawtooth(50)(x)[:, 0], [float(t) for t in exact])


@pytest.mark.parametrize("k", range(1, 11))
def test_a_sawtooth_has_two_to_the_k_minus_one_teeth_and_two_k_units(k):
    net = constructions.sawtooth(k)
    corners = net(np.arange(2**k + 1)[:, np.newaxis] / 2**k)[:, 0]
    assert_array_equal(corners, np.arange(2**k + 1) % 2)
    assert (corners == 1).sum() == 2 ** (k - 1)
    assert sum(net.widths[1:-1]) == 2 * k


def test_the_tent_is_the_first_sawtooth():
    assert_array_equal(constructions.tent()([[0], [0.25], [0.5], [0.75], [1]])[:, 0], [0, 0.5, 1, 0.5, 0])


# --- x^2


@pytest.mark.parametrize("m", range(1, 11))
def test_square_is_exact_at_its_knots_and_worst_between_them(m):
    net = constructions.square(m)
    x = np.arange(2 ** (m + 1) + 1) / 2 ** (m + 1)  # knots, and the points between; every step is exact in binary
    error = net(x[:, np.newaxis])[:, 0] - x**2
    assert_array_equal(error[::2], 0)
    assert_array_equal(error[1::2], 4.0 ** -(m + 1))
    assert sum(net.widths[1:-1]) == 3 * m


@pytest.mark.parametrize("m", [1, 3, 8])
def test_square_is_nowhere_worse_than_its_theorem(m):
    x = streams.stream(0, "square").random((10_000, 1))
    error = constructions.square(m)(x) - x**2
    rounding = 8 * (m + 1) * EPS
    assert error.min() >= -rounding
    assert error.max() <= 4.0 ** -(m + 1) + rounding


# --- x^2 in one layer


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_the_best_shallow_square_misses_by_as_much_at_every_kink_and_between_two(n):
    x = [Fraction(i, 4 * n + 2) for i in range(4 * n + 3)]  # kinks, ends, and the points halfway; 0 has no kink
    (W, b), (v, c) = constructions.shallow_square(n).layers()
    assert (W == 1).all()
    kinks, rise = [Fraction(2 * i + 1, 2 * n + 1) for i in range(n)], Fraction(4, 2 * n + 1)
    assert_allclose(-b, [float(kink) for kink in kinks], rtol=EPS)
    assert_allclose(v[:, 0], float(rise), rtol=EPS)
    least = Fraction(1, 2 * (2 * n + 1) ** 2)
    assert_allclose(c, float(least), rtol=EPS)
    error = [least + sum(rise * max(t - kink, 0) for kink in kinks) - t**2 for t in x]
    assert set(map(abs, [error[0], *error[2::2]])) == {least}  # the first line is met halfway by its own x^2
    assert max(map(abs, error)) == least
    computed = constructions.shallow_square(n)(np.array([[float(t)] for t in x]))[:, 0]
    assert_allclose(computed, [float(e + t**2) for e, t in zip(error, x, strict=True)], atol=4 * n * EPS)


def chebyshev(hidden, y):
    """Least largest |hidden v + c - y| over v and c: a linear programme."""
    A = np.column_stack([hidden, np.ones(len(y))])
    error = -np.ones((len(y), 1))
    bounds = [(None, None)] * A.shape[1] + [(0, None)]
    cost = np.append(np.zeros(A.shape[1]), 1)
    found = optimize.linprog(cost, np.block([[A, error], [-A, error]]), np.append(y, -y), bounds=bounds)
    return found.x[-1]


@pytest.mark.parametrize(("n", "parts"), [(1, 15), (2, 5)])
def test_no_other_units_come_closer_to_the_square(n, parts):
    """Kinks at every multiple of 1 / parts, and one outside, that is a slope; either side of each kink."""
    x = np.arange(12 * parts + 1) / (12 * parts)
    units = [np.maximum(side * (x - kink / parts), 0) for kink in range(-1, parts + 1) for side in (1, -1)]
    pairs = combinations(range(len(units)), n)
    found = {chosen: chebyshev(np.column_stack([units[i] for i in chosen]), x**2) for chosen in pairs}
    closest, least = min(found, key=found.get), 1 / (2 * (2 * n + 1) ** 2)
    assert_allclose(found[closest], least, rtol=1e-6)
    kinks = [parts * (2 * i + 1) // (2 * n + 1) for i in range(n)]
    assert closest == tuple(2 * (kink + 1) for kink in kinks)  # on, to the right of each


# --- interpolation


@pytest.mark.parametrize("n", [2, 3, 9, 100])
def test_an_interpolant_goes_through_its_knots_and_is_straight_between(n):
    rng = streams.stream(0, "interpolant", n)
    x, y = np.sort(rng.uniform(-3, 3, n)), rng.standard_normal(n)
    net = constructions.interpolant(x, y)
    dense = np.union1d(x, np.linspace(x[0], x[-1], 1000))
    (_, _), (bends, _) = net.layers()
    rounding = 4 * n * EPS * (np.abs(bends).sum() * 6 + 1)  # a sum of n bends times distances up to 6
    assert_allclose(net(dense[:, np.newaxis])[:, 0], np.interp(dense, x, y), rtol=0, atol=rounding)
    assert net.widths == (1, n - 1, 1)


def test_an_interpolant_is_constant_before_its_knots_and_goes_on_beyond():
    net = constructions.interpolant([0, 1, 2], [5, 6, 8])
    assert_array_equal(net([[-7], [0], [2], [4]])[:, 0], [5, 5, 8, 12])


# --- bumps


def test_bumps_are_the_sum_of_their_sigmoid_pairs():
    edges, heights, steepness = np.array([-1, 0, 0.5, 2]), np.array([3.0, -1, 2]), 7.0
    x = np.linspace(-3, 4, 200)
    expected = sum(
        h * (special.expit(steepness * (x - left)) - special.expit(steepness * (x - right)))
        for h, left, right in zip(heights, edges, edges[1:], strict=False)
    )
    actual = constructions.bumps(edges, heights, steepness)(x[:, np.newaxis])[:, 0]
    # logits up to 35 are rounded on both sides, and sigmoid' is at most 1/4; 6 units of heights up to 3
    assert_allclose(actual, expected, rtol=0, atol=6 * 3 * (35 / 4 + 4) * EPS)


def test_steep_bumps_are_boxes():
    net = constructions.bumps([0, 1, 2], [3, -1], steepness=1e4)
    assert_allclose(net([[-0.5], [0.5], [1.5], [2.5]])[:, 0], [0, 3, -1, 0], rtol=0, atol=4 * EPS)


# --- folds


@pytest.mark.parametrize(("n_inputs", "width"), [(1, 2), (1, 5), (2, 4), (2, 8), (2, 7), (2, 9)])
def test_every_image_of_a_point_has_one_value_and_it_is_that_of_the_unfolded_network(n_inputs, width):
    pieces = width // n_inputs
    u = streams.stream(0, "folds", n_inputs, width).random((50, n_inputs))
    expected = constructions.folds(n_inputs, width, 1)(u)
    folded = constructions.folds(n_inputs, width, 2)
    for box in product(range(pieces), repeat=n_inputs):
        k = np.array(box)
        image = (k + np.where(k % 2 == 0, u, 1 - u)) / pieces
        # the output adds `width` units with weights up to `width`, of coordinates that were multiplied by 2 pieces
        assert_allclose(folded(image), expected, rtol=0, atol=width**2 * 2 * pieces * 4 * EPS)


@pytest.mark.parametrize("hidden_layers", [3, 4])
def test_folds_compose(hidden_layers):
    u = streams.stream(0, "composed").random((50, 2))
    image = (np.array([1, 3]) + 1 - u) / 4  # one of the 16 boxes, mirrored twice
    actual = constructions.folds(2, 8, hidden_layers)(image)
    rounding = 64 * 8 * 8**hidden_layers * EPS  # each fold multiplies what was rounded before by 2 * 4
    assert_allclose(actual, constructions.folds(2, 8, hidden_layers - 1)(u), rtol=0, atol=rounding)


def patterns(net, X):
    """The distinct on/off patterns of the last hidden layer over the rows of X."""
    return np.unique(net.forward(X).Z[-2] > 0, axis=0)


@pytest.mark.parametrize("width", [2, 4, 5, 8])
def test_the_last_layer_cuts_the_square_into_as_many_pieces_as_lines_can(width):
    net = constructions.folds(2, width, 1)
    X = streams.stream(0, "patterns").random((200_000, 2))
    seen = patterns(net, X)
    assert len(seen) == 1 + width + width * (width - 1) // 2  # Zaslavsky: lines in general position
    if width >= 4:
        assert seen.any(axis=1).all()


def test_points_on_a_line_see_one_more_pattern_than_there_are_units():
    X = np.linspace(0, 1, 1001)[:, np.newaxis]
    assert len(patterns(constructions.folds(1, 6, 1), X)) == 7


def test_a_folded_network_meets_the_bound_of_montufar():
    net = constructions.folds(2, 4, 2)
    X = streams.stream(0, "bound").random((400_000, 2))
    propagation = net.forward(X)
    seen = np.unique(np.hstack([Z > 0 for Z in propagation.Z[:-1]]), axis=0)
    assert len(seen) == (4 // 2) ** 2 * (
        1 + 4 + 6
    )  # Montúfar et al. 2014, Theorem 4: boxes times pieces of the last layer


# --- refusals


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: constructions.sawtooth(0), "k is 0; it must be at least 1"),
        (lambda: constructions.square(0), "m is 0; it must be at least 1"),
        (lambda: constructions.interpolant([0, 1, 1], [0, 1, 2]), r"x has shape \(3,\) and y \(3,\); .* strictly"),
        (lambda: constructions.interpolant([0], [0]), r"x has shape \(1,\)"),
        (lambda: constructions.interpolant([0, 1], [0, 1, 2]), r"x has shape \(2,\) and y \(3,\)"),
        (lambda: constructions.bumps([0, 1], [1, 2], 1.0), r"edges has shape \(2,\) and heights \(2,\)"),
        (lambda: constructions.bumps([0, 1], [1], -1.0), "steepness is -1.0; it must be above 0 and finite"),
        (lambda: constructions.folds(3, 8, 1), "n_inputs, width, hidden_layers are 3, 8, 1; needed are 1 or 2 inputs"),
        (lambda: constructions.folds(2, 1, 1), "n_inputs, width, hidden_layers are 2, 1, 1"),
        (lambda: constructions.folds(2, 4, 0), "n_inputs, width, hidden_layers are 2, 4, 0"),
    ],
)
def test_what_cannot_be_built_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
