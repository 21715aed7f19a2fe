"""Coefficients and maps of networks whose weights are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from experiments import config, neuron
from experiments.refusal import ConfigError
from experiments.store import Result


def settings(**given):
    return neuron.Config(**config.resolve("neuron", size="quick", given=given))


def cells(counts):
    """Two bits and an answer, as often as `counts` says: {(x_1, x_2): (zeros, ones)}."""
    rows = [(*bits, answer) for bits, pair in counts.items() for answer, n in enumerate(pair) for _ in range(n)]
    *columns, y = np.array(rows, dtype=float).T
    return np.column_stack(columns), y


def test_coefficients_are_those_of_the_weights_and_those_of_the_odds():
    """Odds 1, 2, 3 and 6 in the four cells are 1 · 2^x_1 · 3^x_2: they leave logistic regression no residual."""
    X, y = cells({(0, 0): (6, 6), (1, 0): (4, 8), (0, 1): (3, 9), (1, 1): (2, 12)})
    net = core.Network.from_layers([([[2.0], [-3.0]], [0.5])], output="sigmoid")
    rows = list(neuron.coefficient_rows("by hand", net, X, y))
    assert [(row["set"], row["coefficient"]) for row in rows] == [
        ("by hand", "intercept"),
        ("by hand", "w_1"),
        ("by hand", "w_2"),
    ]
    assert_allclose([row["neuron"] for row in rows], [0.5, 2.0, -3.0])
    assert_allclose([row["maximum_likelihood"] for row in rows], [0, np.log(2), np.log(3)], atol=1e-10)


def test_training_finds_the_coefficients_of_the_odds():
    X, y = cells({(0, 0): (6, 6), (1, 0): (4, 8), (0, 1): (3, 9), (1, 1): (2, 12)})
    ((W, b),) = neuron.trained(settings(), X, y, 2).layers()
    assert_allclose(W[..., 0], [[np.log(2), np.log(3)]] * 2, atol=1e-6)
    assert_allclose(b[..., 0], 0, atol=1e-6)


def test_a_hidden_layer_stands_in_front_where_it_is_asked_for():
    X, y = cells({(0, 0): (1, 0), (1, 1): (0, 1)})
    assert neuron.trained(settings(hidden_units=0, epochs=1), X, y, 1).widths == (2, 1)
    assert neuron.trained(settings(hidden_units=4, epochs=1), X, y, 1).widths == (2, 4, 1)


def test_a_map_has_a_row_for_each_x_2_and_reaches_beyond_the_data():
    net = core.Network.from_layers([([[1.0], [10.0]], [0.0])])
    values, x_1, x_2 = neuron.grid_map(settings(grid=5), net, np.array([[0.0, -1.0], [2.0, 1.0]]))
    assert_allclose([x_1[0], x_1[-1]], [0 - neuron.MARGIN, 2 + neuron.MARGIN])
    assert_allclose([x_2[0], x_2[-1]], [-1 - neuron.MARGIN, 1 + neuron.MARGIN])
    assert_allclose(values, x_1 + 10 * x_2[:, np.newaxis])


def test_the_best_of_the_starts_is_drawn():
    starts, arrays = neuron.xor(settings(hidden_units=4, starts=4, epochs=1))
    assert_array_equal(starts["start"], range(4))
    nets = neuron.trained(settings(hidden_units=4, epochs=1), arrays["xor_X"], arrays["xor_y"], 4)
    best = nets[int(starts["cost"].argmin())]
    x_1, x_2 = arrays["bit_1"][3], arrays["bit_2"][7]
    assert_array_equal(arrays["xor_neuron"][7, 3], best(np.array([[x_1, x_2]]))[0, 0])


def test_a_neuron_that_ends_anywhere_but_at_ln_2_breaks_the_claim():
    starts, arrays = neuron.xor(settings(starts=2, epochs=1))
    result = Result(
        {"coefficients": pd.DataFrame({"neuron": [1.0], "maximum_likelihood": [1.0]}), "xor": starts}, arrays
    )
    claims = {claim.key: claim for claim in neuron.claims(replace(result, cfg=settings()))}
    assert claims["xor_out_of_reach"].verdict == "refuted here"  # after one step it is above


@pytest.mark.parametrize("features", [["mean radius"], ["mean radius", "size"], ["mean radius", "mean texture"] * 2])
def test_anything_but_two_features_of_the_set_is_refused(features):
    with pytest.raises(ConfigError, match=r"^experiment\.features=.*: needs two of mean radius, mean texture, "):
        neuron.compute(settings(features=features))
