"""Initial parameters."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from core import streams

DEVIATIONS = {  # of a weight, from (n_{l-1}, n_l)
    "small_random": lambda p, q: 0.01,
    "glorot": lambda p, q: np.sqrt(2 / (p + q)),
    "he": lambda p, q: np.sqrt(2 / p),
}
SCHEMES = ("identical", "zeros", *DEVIATIONS)


@pytest.mark.parametrize("scheme", DEVIATIONS)
def test_weights_are_normal_with_the_deviation_of_the_scheme(scheme):
    widths = (40, 100, 50, 90)
    for (W, _), p, q in zip(core.initialize(widths, scheme).layers(), widths, widths[1:], strict=False):
        z = W.ravel() / DEVIATIONS[scheme](p, q)
        n = z.size  # the mean and the mean square of n normals have deviations 1 / sqrt(n) and sqrt(2 / n): 4 of each
        assert_allclose(z.mean(), 0, atol=4 / np.sqrt(n))
        assert_allclose((z**2).mean(), 1, atol=4 * np.sqrt(2 / n))
        assert_allclose((np.abs(z) < 1).mean(), 0.6827, atol=4 * 0.4655 / np.sqrt(n))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_biases_start_at_zero(scheme):
    for _, b in core.initialize((3, 4, 2), scheme).layers():
        assert_array_equal(b, 0)


def test_zeros_are_zeros():
    assert_array_equal(core.initialize((3, 4, 2), "zeros", activation="tanh").theta, 0)


def test_identical_weights_are_one_number_per_layer_of_the_size_that_he_would_draw():
    nets = core.initialize((8, 4, 2), "identical", seeds=range(400))
    for (W, _), p in zip(nets.layers(), (8, 4), strict=True):
        assert_array_equal(W, np.broadcast_to(W[:, :1, :1], W.shape))
        assert (W != 0).all()
        # the mean square of 400 normals: 4 deviations
        assert_allclose((W[:, 0, 0] ** 2).mean(), 2 / p, rtol=4 * np.sqrt(2 / 400))


def test_each_layer_is_drawn_from_its_own_stream():
    (_, _), (W2, _), (_, _) = core.initialize((3, 4, 5, 2), "he", seeds=7).layers()
    assert_array_equal(W2, streams.stream(7, "initialize", 2).standard_normal((4, 5)) * np.sqrt(2 / 4))


def test_a_layer_depends_on_nothing_but_its_own_shape_and_seed():
    _, (W2, _), *_ = core.initialize((3, 4, 5, 2), "he", seeds=7).layers()
    _, (same, _) = core.initialize((9, 4, 5), "he", seeds=7, activation="prelu").layers()
    assert_array_equal(same, W2)


def test_an_ensemble_has_one_network_for_each_seed_in_their_order():
    nets = core.initialize((2, 3, 1), "he", seeds=[5, 0, 9], activation="tanh", output="sigmoid")
    alone = [core.initialize((2, 3, 1), "he", seeds=seed, activation="tanh", output="sigmoid") for seed in (5, 0, 9)]
    assert_array_equal(nets.theta, [net.theta for net in alone])
    assert [net.theta.ndim for net in alone] == [1, 1, 1]
    assert (nets.activation, nets.output, nets.widths) == ("tanh", "sigmoid", (2, 3, 1))
    assert core.initialize((2, 3, 1), "he", seeds=range(1)).theta.shape == (1, 13)


def test_slopes_of_prelu_start_at_a_quarter():
    assert_array_equal(core.initialize((2, 3, 3, 3, 1), "he", activation=("prelu", "relu", "prelu")).theta[-2:], 0.25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scheme": "xavier"}, "scheme is 'xavier'; it must be one of identical, zeros, small_random, glorot, he"),
        ({"seeds": []}, "seeds is empty; at least one seed is needed"),
        ({"seeds": -1}, "seed is -1; it must be at least 0"),
        ({"widths": (2, 0)}, r"widths is \(2, 0\)"),
        ({"activation": "cos"}, "activation is 'cos'"),
        ({"output": "cos"}, "output is 'cos'"),
    ],
)
def test_what_cannot_be_initialized_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        core.initialize(**{"widths": (2, 3, 1), "scheme": "he", **arguments})
