"""Identical weights in, identical units out: to the last bit, at every width (slide: Parameter initialization)."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import core
from core import streams


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("optimizer", ["gd", "momentum", "adam"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_identical_units_stay_identical(activation, optimizer, batch_size, precision):
    rng = streams.stream(0, "identical")
    X, y = rng.standard_normal((13, 3)), rng.integers(3, size=13)
    for width in range(1, 65):
        net = core.initialize((3, width, width, 3), "identical", activation=activation, output="softmax")
        # positive, so that ReLU units are alive, and small, so that no unit is saturated
        net = replace(net, theta=(np.abs(net.theta) / width).astype(precision))
        fit = core.train(
            net, X, y, cost="cross_entropy", optimizer=optimizer, learning_rate=0.1, epochs=3, batch_size=batch_size
        )
        (W1, b1), (W2, b2), (W3, b3) = fit.network.layers()
        assert_array_equal(W1, np.repeat(W1[:, :1], width, axis=1))
        assert_array_equal(b1, np.repeat(b1[:1], width))
        assert_array_equal(W2, np.full((width, width), W2[0, 0]))
        assert_array_equal(b2, np.repeat(b2[:1], width))
        assert_array_equal(W3, np.repeat(W3[:1], width, axis=0))
        assert (net.layers()[0][0] != W1).any()  # they do learn,
        assert len(np.unique(b3)) == 3  # and only what is alike stays alike: the outputs differ
