"""Back-propagation: by hand, against central differences, and against the errata of the slides."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from core import streams
from core.activations import ACTIVATIONS
from core.costs import PAIRS

EPS = np.finfo(np.float64).eps
STEP = np.cbrt(EPS)  # where the two errors of a central difference are of one size
#: J of order 1 and rounded some 10 times gives 10 eps / STEP; the third derivative over 6 adds STEP^2 times some 10.
DIFFERENCE = 20 * STEP**2
CLEAR = 100 * STEP  # a parameter moved by STEP moves no pre-activation of these networks that far


def example(activation, output, *, n_networks=None, widths=(3, 4, 3, 2), n=5):
    """A random network and data: the first seed that keeps every pre-activation CLEAR of the kink at 0."""
    for seed in range(100):
        rng = streams.stream(seed, "example")
        start = core.initialize(widths, "glorot", activation=activation, output=output)
        shape = (start.n_parameters,) if n_networks is None else (n_networks, start.n_parameters)
        net = replace(start, theta=start.theta + rng.uniform(-0.5, 0.5, shape))
        X = rng.uniform(-2, 2, (n, widths[0]))
        Y = np.eye(widths[-1])[rng.integers(widths[-1], size=n)] if output == "softmax" else rng.random((n, widths[-1]))
        if all((np.abs(Z) > CLEAR).all() for Z in net.forward(X).Z[:-1]):
            return net, X, Y
    raise AssertionError("every seed puts a pre-activation close to a kink")


def central_difference(net, X, Y, cost):
    """dJ/dtheta (P,): all 2 P shifted networks are one ensemble."""
    shifts = STEP * np.eye(net.n_parameters)
    forward, _ = replace(net, theta=net.theta + shifts).gradient(X, Y, cost)
    backward, _ = replace(net, theta=net.theta - shifts).gradient(X, Y, cost)
    return (forward - backward) / (2 * STEP)


def test_a_2_2_1_network_agrees_with_pencil_and_paper():
    # X   = [1  2]   W1 = [1 -1]   Z1 = X W1 + b1  = [5  2]   A1 = relu(Z1) = [5 2]   ŷ = A1 W2 + b2 = [5 - 4 + 1] = [2]
    #       [3 -1]        [2  1]                     [1 -3]                   [1 0]                    [1 - 0 + 1]   [2]
    # b1  = [0  1],  W2 = [1 -2]', b2 = 1,  y = [1 4]'
    # J   = ((2 - 1)^2 + (2 - 4)^2) / 2 = 2.5            dZ2 = 2 (ŷ - y) / 2 = [1 -2]'
    # dW2 = A1' dZ2 = [5 - 2, 2 - 0]' = [3 2]'           db2 = 1 - 2 = -1
    # dA1 = dZ2 W2' = [ 1 -2]                            dZ1 = dA1 * (Z1 > 0) = [ 1 -2]
    #                 [-2  4]                                                   [-2  0]
    # dW1 = X' dZ1  = [1 - 6, -2 + 0] = [-5 -2]          db1 = [1 - 2, -2 + 0] = [-1 -2]
    #                 [2 + 2, -4 - 0]   [ 4 -4]
    net = core.Network.from_layers([([[1, -1], [2, 1]], [0, 1]), ([[1], [-2]], [1])], activation="relu")
    J, gradient = net.gradient([[1, 2], [3, -1]], [1, 4], "mse")
    assert J == 2.5
    assert_array_equal(gradient, [-5, -2, 4, -4, -1, -2, 3, 2, -1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_the_gradient_is_the_slope_of_the_cost(activation, output, cost):
    net, X, Y = example(activation, output)
    _, gradient = net.gradient(X, Y, cost)
    assert_allclose(gradient, central_difference(net, X, Y, cost), rtol=0, atol=DIFFERENCE)


@pytest.mark.parametrize(
    "activation",
    [
        ("prelu", "tanh", "prelu", "gelu"),
        ("relu", "prelu", "softplus", "leaky_relu"),
        ("elu", "absolute", "sigmoid", "prelu"),
    ],
)
def test_the_gradient_is_right_where_every_layer_has_an_activation_of_its_own(activation):
    net, X, Y = example(activation, "identity", widths=(2, 3, 1, 4, 2, 1))
    _, gradient = net.gradient(X, Y, "mse")
    assert_allclose(gradient, central_difference(net, X, Y, "mse"), rtol=0, atol=DIFFERENCE)


@pytest.mark.parametrize("widths", [(1, 1), (1, 1, 1), (5, 1, 9, 2), (2, 33, 3), (9, 8, 7, 6, 5, 4, 3, 2)])
@pytest.mark.parametrize("n", [1, 8, 9, 17])
def test_the_gradient_is_right_at_every_shape(widths, n):
    net, X, Y = example("tanh", "sigmoid", widths=widths, n=n)
    _, gradient = net.gradient(X, Y, "binary_cross_entropy")
    assert_allclose(gradient, central_difference(net, X, Y, "binary_cross_entropy"), rtol=0, atol=DIFFERENCE)


@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_the_gradient_in_single_precision_is_the_same_number_rounded(output, cost):
    net, X, Y = example(("tanh", "prelu"), output)
    J, gradient = net.gradient(X, Y, cost)
    single_J, single = replace(net, theta=net.theta.astype(np.float32)).gradient(X, Y, cost)
    assert single.dtype == np.float32
    rounding = 100 * np.finfo(np.float32).eps  # three layers of some 10 operations each way, on numbers of order 1
    assert_allclose(single, gradient, rtol=0, atol=rounding)
    assert_allclose(single_J, J, rtol=rounding)


def test_an_ensemble_has_the_gradients_of_its_networks():
    nets, X, Y = example(("prelu", "tanh"), "softmax", n_networks=3)
    own_X, own_Y = np.stack([X, X[::-1], X + 1]), np.stack([Y, Y[::-1], Y[[1, 0, 2, 4, 3]]])
    for data_X, data_Y in ((X, Y), (own_X, Y), (X, own_Y), (own_X, own_Y)):
        J, gradient = nets.gradient(data_X, data_Y, "cross_entropy")
        assert (J.shape, gradient.shape) == ((3,), nets.theta.shape)
        for r in range(3):
            X_r, Y_r = (data[r] if data.ndim == 3 else data for data in (data_X, data_Y))
            J_r, gradient_r = nets[r].gradient(X_r, Y_r, "cross_entropy")
            assert J[r] == J_r
            assert_array_equal(gradient[r], gradient_r)


def test_the_gradient_of_a_bias_is_the_sum_over_observations():
    # the slide leaves the sum out; J is a mean, so no further 1 / n
    X, y = np.array([[1.0], [2], [4]]), np.array([0.0, 0, 9])
    net = core.Network.from_layers([([[1.0]], [0.0])])
    _, (dW, db) = net.gradient(X, y, "mse")
    assert_allclose(db, sum(2 * (x - target) / 3 for x, target in zip([1, 2, 4], y, strict=True)), rtol=8 * EPS)
    assert_allclose(dW, sum(2 * (x - target) * x / 3 for x, target in zip([1, 2, 4], y, strict=True)), rtol=8 * EPS)


def test_observations_count_alike_whichever_lane_they_stand_in():
    net, X, Y = example("tanh", "softmax", n=17)
    J, gradient = net.gradient(X, Y, "cross_entropy")
    each = [net.gradient(X[i : i + 1], Y[i : i + 1], "cross_entropy") for i in range(17)]
    assert_allclose(J, np.mean([J_i for J_i, _ in each]), rtol=17 * EPS)
    assert_allclose(gradient, np.mean([gradient_i for _, gradient_i in each], axis=0), rtol=0, atol=17 * EPS)


def test_what_a_network_makes_of_inputs_it_was_not_given_is_nobodys_business():
    # 1 stays finite; 0, which a padded batch could hold, would overflow in the second layer
    net = core.Network.from_layers([([[-1e300]], [1e300]), ([[1e300]], [1]), ([[1]], [0])])
    J, gradient = net.gradient([[1.0]], [0.0], "mse")
    assert J == 1
    assert_array_equal(gradient, [0, 0, 0, 2, 2, 2])


def test_zero_observations_have_no_gradient():
    net, _, _ = example("relu", "identity")
    with pytest.raises(ValueError, match="X has 0 observations; a mean needs at least 1"):
        net.gradient(np.zeros((0, 3)), np.zeros((0, 2)), "mse")
