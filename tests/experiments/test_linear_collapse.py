"""Products of layers by hand, optima by scikit-learn, and what the claims read from a table."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error

import core
from core.streams import replicate_seeds, stream
from experiments import config, datasets, linear_collapse
from experiments.store import Result


def settings(**given):
    return linear_collapse.Config(**config.resolve("linear_collapse", size="quick", given=given))


def test_two_layers_multiply_out_to_one():
    """[x_1, x_2] -> [x_1 + 2 x_2 + 1, 3 x_1 - x_2] -> 5 (x_1 + 2 x_2 + 1) - 2 (3 x_1 - x_2) + 4."""
    net = core.Network.from_layers([([[1, 3], [2, -1]], [1, 0]), ([[5], [-2]], [4])], activation="identity")
    W, b = linear_collapse.affine_map(net)
    assert_array_equal(W, [[-1], [12]])
    assert_array_equal(b, [9])


def test_small_whole_weights_multiply_out_exactly():
    rng = np.random.default_rng(0)
    widths = (3, 5, 4, 2)
    parts = [(rng.integers(-3, 4, (p, q)), rng.integers(-3, 4, q)) for p, q in pairwise(widths)]
    net = core.Network.from_layers(parts, activation="identity")
    W, b = linear_collapse.affine_map(net)
    X = rng.integers(-9, 10, (20, 3)).astype(float)
    assert_array_equal(net(X), X @ W + b)


def test_one_layer_is_its_own_map():
    net = core.Network.from_layers([([[1], [2]], [3])])
    W, b = linear_collapse.affine_map(net)
    assert_array_equal(W, [[1], [2]])
    assert_array_equal(b, [3])


@pytest.mark.parametrize("maker", ["moons", "circles"])
def test_the_best_affine_classifier_is_logistic_regression(maker):
    X, y = getattr(datasets, maker)(60, stream(0, maker))
    best = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(X, y)
    expected = log_loss(y, best.predict_proba(X))
    assert_allclose(linear_collapse.affine_optimum(X, y, "binary_cross_entropy"), expected, rtol=1e-12)


def test_the_best_affine_classifier_of_xor_is_a_coin():
    assert linear_collapse.affine_optimum(*datasets.xor(), "binary_cross_entropy") == np.log(2)


def test_the_best_affine_regression_is_least_squares():
    X, y = datasets.sine(60, stream(0, "sine"))
    expected = mean_squared_error(y, LinearRegression().fit(X, y).predict(X))
    assert_allclose(linear_collapse.affine_optimum(X, y, "mse"), expected, rtol=1e-12)


def test_only_the_first_hidden_layer_of_the_contrast_is_non_linear():
    cfg = settings(activation="identity", contrast="tanh")
    assert linear_collapse.arms(cfg, 1) == {"linear": ()}
    assert linear_collapse.arms(cfg, 2) == {"linear": ("identity",), "one_layer": ("tanh",)}
    assert linear_collapse.arms(cfg, 4)["one_layer"] == ("tanh", "identity", "identity")


def test_the_deviation_is_a_share_of_the_largest_output():
    """With ReLU instead of the identity, the worst miss is found by hand on the same network."""
    cfg = settings(seeds=2, activation="relu", width=3, points=7)
    rows = [row for row in linear_collapse.deviation_rows(cfg, 2) if row["precision"] == "float64"]
    assert [(row["arm"], row["replicate"]) for row in rows] == [
        ("linear", 0),
        ("one_layer", 0),
        ("linear", 1),
        ("one_layer", 1),
    ]
    X = stream(cfg.seed, "points").standard_normal((7, 2))
    start = core.initialize((2, 3, 1), "he", seeds=replicate_seeds(cfg.seed, 2)[1])
    theta = start.theta + stream(cfg.seed, "biases", 2, 1).standard_normal(start.n_parameters) / 10
    W, b, v, c = theta[:6].reshape(2, 3), theta[6:9], theta[9:12], theta[12]
    bent, straight = np.maximum(X @ W + b, 0) @ v + c, (X @ W + b) @ v + c
    assert_allclose(rows[2]["deviation"], np.abs(bent - straight).max() / np.abs(bent).max())
    assert rows[2]["unit"] == 2 * 3 * np.finfo(float).eps


def cost_table(*rows):
    return Result(
        {"cost": pd.DataFrame(rows, columns=["task", "arm", "depth", "replicate", "cost", "affine", "share"])}
    )


def test_the_gap_is_the_distance_from_the_optimum_on_either_side():
    result = cost_table(
        ("xor", "linear", 1, 0, 0.75, 0.5, 1.5),
        ("xor", "linear", 2, 0, 0.25, 0.5, 0.5),
        ("xor", "one_layer", 2, 0, 0.1, 0.5, 0.2),
    )
    assert_array_equal(linear_collapse.gaps(result)["gap"], [0.25, 0.25])


def test_the_saving_is_a_mean_over_depths_and_the_least_over_tasks():
    shares = {("xor", 2): 0.2, ("xor", 4): 0.4, ("sine", 2): 0.5, ("sine", 4): 0.7}
    result = cost_table(
        ("xor", "linear", 2, 0, 1.0, 1.0, 1.0),
        *((task, "one_layer", depth, 0, share, 1.0, share) for (task, depth), share in shares.items()),
        *((task, "one_layer", depth, 1, share / 2, 1.0, share / 2) for (task, depth), share in shares.items()),
    )
    assert_allclose(linear_collapse.savings(result), [1 - 0.6, 1 - 0.3])


def test_a_run_that_diverged_has_no_saving():
    result = cost_table(
        ("xor", "one_layer", 2, 0, np.nan, 1.0, np.nan),
        ("xor", "one_layer", 4, 0, 0.5, 1.0, 0.5),
        ("sine", "one_layer", 2, 0, 0.5, 1.0, 0.5),
        ("sine", "one_layer", 4, 0, 0.5, 1.0, 0.5),
    )
    assert_array_equal(linear_collapse.savings(result), [np.nan])
