"""Outputs and costs, against their formulas."""

from dataclasses import replace
from math import exp, fsum, log, log1p

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

import core
from core import streams
from core.costs import FACTORS, PAIRS

EPS = np.finfo(np.float64).eps
SIGMOID_AND_MORE = 16 * EPS  # the logistic function, a logarithm and a mean; relative
COSTS = {  # J(Z, Y)
    ("identity", "mse"): lambda Z, Y: np.mean((Z - Y) ** 2),
    ("sigmoid", "mse"): lambda Z, Y: np.mean((special.expit(Z) - Y) ** 2),
    ("sigmoid", "binary_cross_entropy"): lambda Z, Y: (
        -np.mean(Y * np.log(special.expit(Z)) + (1 - Y) * np.log(special.expit(-Z)))
    ),
    ("softmax", "mse"): lambda Z, Y: np.mean((special.softmax(Z, axis=1) - Y) ** 2),
    ("softmax", "cross_entropy"): lambda Z, Y: -np.mean(np.sum(Y * np.log(special.softmax(Z, axis=1)), axis=1)),
}


def outputs_of(output, n_outputs, precision=np.float64):
    """The network whose inputs are Z^[L]: W = I and b = 0."""
    return core.Network.from_layers(
        [(np.eye(n_outputs, dtype=precision), np.zeros(n_outputs, precision))], output=output
    )


def targets(rng, output, n, n_outputs):
    return np.eye(n_outputs)[rng.integers(n_outputs, size=n)] if output == "softmax" else rng.random((n, n_outputs))


def test_every_pair_of_output_and_cost_has_a_formula_to_be_tested_against():
    assert COSTS.keys() == PAIRS.keys()


@pytest.mark.parametrize("n_outputs", [1, 2, 3, 9])
@pytest.mark.parametrize("n", [1, 2, 7, 8, 17])
@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_the_cost_is_the_mean_of_its_formula(output, cost, n, n_outputs):
    rng = streams.stream(0, "costs", n, n_outputs)
    Z, Y = rng.uniform(-5, 5, (n, n_outputs)), targets(rng, output, n, n_outputs)
    J, _ = outputs_of(output, n_outputs).gradient(Z, Y, cost)
    assert isinstance(J, float)
    assert_allclose(J, COSTS[output, cost](Z, Y), rtol=SIGMOID_AND_MORE, atol=EPS)


@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_the_cost_in_single_precision_is_the_same_number_rounded(output, cost):
    rng = streams.stream(0, "single")
    Z, Y = rng.uniform(-5, 5, (17, 3)), targets(rng, output, 17, 3)
    J, _ = outputs_of(output, 3, np.float32).gradient(Z, Y, cost)
    assert_allclose(J, COSTS[output, cost](Z, Y), rtol=SIGMOID_AND_MORE / EPS * np.finfo(np.float32).eps)


def test_squared_error_and_binary_cross_entropy_are_means_over_outputs_and_cross_entropy_is_not():
    ones, last = np.ones((1, 4)), [[0, 0, 0, 1]]
    assert outputs_of("identity", 4).gradient(2 * ones, ones, "mse")[0] == 1
    assert_allclose(outputs_of("sigmoid", 4).gradient(0 * ones, last, "binary_cross_entropy")[0], log(2), rtol=4 * EPS)
    assert_allclose(outputs_of("softmax", 4).gradient(ones, last, "cross_entropy")[0], log(4), rtol=4 * EPS)
    assert_allclose(outputs_of("softmax", 4).gradient(ones, last, "mse")[0], 3 / 16 / 4 + 9 / 16 / 4, rtol=4 * EPS)


def test_softmax_gives_the_larger_share_to_the_larger_logit():
    # the slide prints e^-z, which would give 3/4 and 1/4
    assert_allclose(outputs_of("softmax", 2)([[0, log(3)]]), [[0.25, 0.75]], rtol=4 * EPS)


@pytest.mark.parametrize("shift", [-1e4, -700.0, 1e4])
def test_softmax_is_blind_to_a_common_shift(shift):
    Z = np.array([[0.0, 1, 3]])  # integers: the shift is exact
    assert_array_equal(outputs_of("softmax", 3)(Z + shift), outputs_of("softmax", 3)(Z))


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("output", "cost", "Z", "y", "J", "dZ"),
    [
        ("identity", "mse", [[1e4, -1e4]], [[0, 0]], 1e8, [1e4, -1e4]),
        ("sigmoid", "mse", [[1e4, -1e4]], [[0, 0]], 0.5, [0, 0]),
        ("sigmoid", "binary_cross_entropy", [[1e4, -1e4]], [[0, 1]], 1e4, [0.5, -0.5]),
        ("sigmoid", "binary_cross_entropy", [[1e4, -1e4]], [[1, 0]], 0, [0, 0]),
        ("softmax", "mse", [[1e4, -1e4]], [[0, 1]], 1, [0, 0]),
        ("softmax", "cross_entropy", [[1e4, -1e4]], [[0, 1]], 2e4, [1, -1]),
        ("softmax", "cross_entropy", [[1e4, -1e4]], [[1, 0]], 0, [0, 0]),
    ],
)
def test_huge_logits_give_the_cost_that_pencil_and_paper_give(output, cost, Z, y, J, dZ, precision):
    actual, gradient = outputs_of(output, 2, precision).gradient(Z, y, cost)
    assert actual == J
    assert_array_equal(gradient[4:], dZ)  # db, of one observation


@pytest.mark.parametrize("z", [10.0, 40.0, 200.0, 700.0])
def test_a_cross_entropy_near_zero_keeps_its_digits(z):
    for logit, y in ((z, 1), (-z, 0)):
        J, _ = outputs_of("sigmoid", 1).gradient([[logit]], [y], "binary_cross_entropy")
        assert_allclose(J, log1p(exp(-z)), rtol=8 * EPS)


@pytest.mark.parametrize(("low", "high"), [(-1e-3, 1e-3), (-5, 5), (20, 30), (-800, -600)])
def test_the_cross_entropy_of_many_observations_keeps_its_digits(low, high):
    Z = streams.stream(0, "many").uniform(low, high, (1001, 2))
    J, _ = outputs_of("sigmoid", 2).gradient(Z, Z > 0, "binary_cross_entropy")
    losses = [log1p(exp(-abs(z))) for z in Z.ravel()]
    # three roundings in each of FACTORS terms of a product, and the sum
    assert_allclose(J, fsum(losses) / Z.size, rtol=(3 * FACTORS + 16) * EPS, atol=np.finfo(np.float64).tiny)


def test_integer_labels_and_one_hot_rows_are_the_same_targets():
    net, rng = outputs_of("softmax", 3), streams.stream(0, "labels")
    Z, labels = rng.standard_normal((9, 3)), np.array([0, 1, 2, 2, 1, 0, 0, 1, 2])
    assert net.gradient(Z, labels, "cross_entropy")[0] == net.gradient(Z, np.eye(3)[labels], "cross_entropy")[0]


def test_targets_of_one_output_may_leave_out_its_axis():
    net, Z, y = outputs_of("sigmoid", 1), [[-1.0], [2]], np.array([0, 1])
    expected = net.gradient(Z, y[:, np.newaxis], "binary_cross_entropy")[0]
    assert net.gradient(Z, y, "binary_cross_entropy")[0] == expected
    assert net.gradient(Z, y.astype(bool), "binary_cross_entropy")[0] == expected
    nets = replace(net, theta=np.tile(net.theta, (2, 1)))
    J, _ = nets.gradient(Z, [y, 1 - y], "binary_cross_entropy")
    assert_array_equal(J, [expected, net.gradient(Z, 1 - y, "binary_cross_entropy")[0]])


# --- refusals


@pytest.mark.parametrize(
    ("output", "cost", "allowed"),
    [
        ("identity", "binary_cross_entropy", "mse"),
        ("identity", "cross_entropy", "mse"),
        ("sigmoid", "cross_entropy", "mse, binary_cross_entropy"),
        ("softmax", "binary_cross_entropy", "mse, cross_entropy"),
        ("softmax", "accuracy", "mse, cross_entropy"),
    ],
)
def test_a_cost_that_does_not_go_with_the_output_is_refused(output, cost, allowed):
    message = f"cost is '{cost}'; with output '{output}' it must be one of {allowed}$"
    with pytest.raises(ValueError, match=message):
        outputs_of(output, 2).gradient(np.zeros((1, 2)), np.zeros((1, 2)), cost)
    with pytest.raises(ValueError, match=message):
        core.train(outputs_of(output, 2), np.zeros((1, 2)), np.zeros((1, 2)), cost=cost, learning_rate=0.1, epochs=1)


@pytest.mark.parametrize(
    ("output", "y", "message"),
    [
        ("identity", np.zeros((4, 2)), r"y has shape \(4, 2\); X \(3, 2\) and 2 outputs need \(3, 2\)"),
        ("identity", np.zeros(3), r"y has shape \(3,\); X \(3, 2\) and 2 outputs need \(3, 2\)"),
        ("identity", [[0, 0], [0, np.nan], [0, 0]], "y has entries that are not finite"),
        ("sigmoid", [[-1, 1]] * 3, "y goes from -1.0 to 1.0; with output 'sigmoid' it must lie in 0 … 1"),
        ("softmax", [0, 1, 2], "y has labels of type int64 from 0 to 2; they must be integers from 0 to 1"),
        ("softmax", [0, -1, 1], "y has labels of type int64 from -1 to 1"),
        ("softmax", [0.0, 1.0, 1.0], "y has labels of type float64 from 0.0 to 1.0"),
        ("softmax", [[0, 1], [1, 1], [1, 0]], "y is not one-hot"),
        ("softmax", [[0, 1], [0.5, 0.5], [1, 0]], "y is not one-hot"),
    ],
)
def test_targets_that_do_not_fit_are_refused(output, y, message):
    with pytest.raises(ValueError, match=message):
        outputs_of(output, 2).gradient(np.zeros((3, 2)), y, "mse")
