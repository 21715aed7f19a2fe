"""Units needed against their closed forms, parameters against real networks, gains and claims from tables by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from experiments import claim, config, depth_vs_width, style
from experiments.refusal import ConfigError
from experiments.store import Result


def settings(**given):
    return depth_vs_width.Config(**config.resolve("depth_vs_width", size="quick", given=given))


def least_error(n):
    """Of one hidden layer of n units on x^2; that it is the least is tested beside the construction."""
    return 1 / (2 * (2 * n + 1) ** 2)


# weights written down


def test_the_units_needed_are_the_fewest_that_come_as_close():
    rows = list(depth_vs_width.deep_square_rows(settings(tents=10)))
    assert [row["units"] for row in rows] == list(range(3, 33, 3))
    for row in rows:
        assert least_error(row["needed"]) <= row["error"] < least_error(row["needed"] - 1)


def test_the_units_needed_double_with_every_tent_and_deep_ones_cross_at_fifteen():
    """2n + 1 >= 2^(m + 1/2), so 36 deep units are worth 2 896."""
    cfg = settings(tents=12)
    rows = [*depth_vs_width.deep_square_rows(cfg), *depth_vs_width.shallow_square_rows(cfg)]
    needed = [row["needed"] for row in rows if row["arm"] == "deep"]
    assert needed == [int(np.ceil((2 ** (m + 0.5) - 1) / 2)) for m in range(1, 13)]
    assert needed[-1] == 2896
    assert depth_vs_width.crossover(pd.DataFrame(rows)) == 15
    assert least_error(12) < 4.0**-5
    assert least_error(15) > 4.0**-6


@pytest.mark.parametrize("tents", [6, 14])
def test_x_squared_is_drawn_of_few_tents_and_of_many(tents):
    cfg = settings(tents=tents)
    deep = [dict(arm="deep", tents=m, units=3 * m, error=4.0 ** -(m + 1), needed=np.ceil((2 ** (m + 0.5) - 1) / 2))
            for m in range(1, tents + 1)]  # fmt: skip
    shallow = [dict(arm="shallow", units=2**i, error=least_error(2**i), needed=2**i) for i in range(tents + 1)]
    square = pd.DataFrame([*deep, *shallow]).assign(theory=lambda rows: rows["error"])
    for step in (None, 1):
        assert style.fits(depth_vs_width.draw(Result({"square": square}, {}, cfg), "headline", step)) == []


def test_a_network_that_is_never_closer_does_not_cross():
    rows = [dict(arm=arm, units=3, error=error) for arm, error in (("deep", 0.2), ("shallow", 0.1))]
    assert depth_vs_width.crossover(pd.DataFrame(rows)) is None


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_hidden_layer_needs_a_unit_for_every_kink_of_the_sawtooth_and_one_for_the_slope_at_0(k):
    """With kinks alone the only choice is the side on which each unit is on, and no choice fits."""
    (row,) = [row for row in depth_vs_width.sawtooth_rows(settings()) if row["tents"] == k]
    assert row == dict(tents=k, units=2 * k, kinks=2**k - 1, needed=2**k)
    knots = np.arange(2**k + 1) / 2**k
    x = np.linspace(0, 1, 2 ** (k + 2) + 1)
    y = core.constructions.sawtooth(k)(x[:, np.newaxis])[:, 0]
    enough = core.constructions.interpolant(knots, np.arange(2**k + 1) % 2)
    assert sum(enough.widths[1:-1]) == row["needed"]
    assert_allclose(enough(x[:, np.newaxis])[:, 0], y, atol=1e-12)
    for sides in product([-1, 1], repeat=row["kinks"]):
        A = np.column_stack([np.maximum(sides * (x[:, np.newaxis] - knots[1:-1]), 0), np.ones(x.size)])
        assert np.abs(A @ np.linalg.lstsq(A, y)[0] - y).max() > 0.01


def test_noise_is_relative_and_none_is_none():
    net = core.constructions.square(3)
    assert_array_equal(depth_vs_width.noisy(settings(), net, "square", 3).theta, net.theta)
    blurred = depth_vs_width.noisy(settings(noise=1e-3), net, "square", 3).theta
    assert_array_equal(blurred[net.theta == 0], 0)
    assert 0 < np.abs(blurred / np.where(net.theta, net.theta, 1) - (net.theta != 0)).max() < 5e-3


# trained networks


@pytest.mark.parametrize("width", [4, 8, 16, 19])
@pytest.mark.parametrize("n_inputs", [1, 2, 4, 8])
def test_every_depth_gets_the_parameters_of_the_deepest_but_for_half_a_unit(n_inputs, width):
    cfg = settings(width=width, hidden_layers=[1, 2, 4])
    starts = {hidden: depth_vs_width.start_of(cfg, n_inputs, hidden) for hidden in (1, 2, 4)}
    assert starts[4].widths == (n_inputs, width, width, width, width, 1)
    for hidden, start in starts.items():
        assert start.n_parameters == depth_vs_width.n_parameters(n_inputs, start.widths[1], hidden)
        one_unit_more = depth_vs_width.n_parameters(n_inputs, start.widths[1] + 1, hidden) - start.n_parameters
        assert abs(start.n_parameters - starts[4].n_parameters) <= one_unit_more / 2


def test_every_rate_starts_from_the_weights_of_its_seed_with_kinks_inside_the_cube():
    cfg = settings(seeds=2, learning_rates=[0.1, 0.2, 0.3])
    start = depth_vs_width.start_of(cfg, 2, 1)
    assert start.theta.dtype == np.float32
    assert_array_equal(start.theta[:3], np.tile(start.theta[0], (3, 1)))
    assert (start.theta[0] != start.theta[3]).any()
    (W, b), (_, c) = start.layers()
    assert (np.abs(b) <= np.abs(W).sum(axis=1)).all()  # else the kink misses [-1, 1]^2
    assert (b != 0).all()
    assert (c == 0).all()


def test_the_data_of_a_seed_are_the_same_at_every_depth_and_rate(monkeypatch):
    seen = []
    monkeypatch.setattr(core, "train", lambda net, X, y, **_: seen.append((X, y)) or Fit(net))
    cfg = settings(seeds=2, learning_rates=[0.1, 0.2], hidden_layers=[1, 3], observations=7)
    rows = list(depth_vs_width.trained_rows(cfg, "ridge"))
    for X, y in seen:
        assert X.shape == (4, 7, 2)
        assert_array_equal(X, seen[0][0])
        assert_array_equal(y, seen[0][1])
        assert_array_equal(X[0], X[1])
        assert (X[1] != X[2]).all()
    assert [(row["hidden_layers"], row["replicate"], row["learning_rate"]) for row in rows] == [
        (hidden, r, rate) for hidden in (1, 3) for r in (0, 1) for rate in (0.1, 0.2)]  # fmt: skip


class Fit:
    """What training leaves, of networks that learn nothing."""

    def __init__(self, network):
        self.network, self.diverged = network, np.zeros(len(network.theta), dtype=bool)


def test_the_error_is_the_root_of_the_mean_square():
    nets = core.Network((1, 1), [[1.0, 0.0], [0.0, 1.0]])  # x, and 1
    X, y = np.array([[[1.0], [2.0]], [[1.0], [2.0]]]), np.array([[1.0, 5.0], [1.0, 5.0]])
    assert_allclose(depth_vs_width.rms(nets, X, y, np.array([False, False])), [np.sqrt(9 / 2), np.sqrt(16 / 2)])
    assert_array_equal(np.isnan(depth_vs_width.rms(nets, X, y, np.array([True, False]))), [True, False])


def test_a_gain_compares_the_rates_that_validation_chose_and_the_middle_ones():
    rows = [  # hidden layers, replicate, rate, validation, test
        (1, 0, 0.1, 3.0, 7.0), (1, 0, 0.2, 2.0, 100.0), (1, 0, 0.3, np.nan, np.nan),
        (4, 0, 0.1, 1.0, 1.0), (4, 0, 0.2, 2.0, 10.0), (4, 0, 0.3, 3.0, 0.1),
        (1, 1, 0.1, 1.0, 1.0), (1, 1, 0.2, 2.0, 5.0), (1, 1, 0.3, 3.0, 6.0),
        (4, 1, 0.1, 2.0, 8.0), (4, 1, 0.2, np.nan, np.nan), (4, 1, 0.3, 1.0, 1000.0),
    ]  # fmt: skip
    columns = ["hidden_layers", "replicate", "learning_rate", "validation", "test"]
    table = pd.DataFrame(rows, columns=columns).assign(target="ridge")
    gain = depth_vs_width.gains(settings(learning_rates=[0.1, 0.2, 0.3]), table)
    assert_array_equal(gain[["replicate", "hidden_layers"]], [[0, 4], [1, 4]])
    assert_allclose(gain["gain"], [2, -3])
    assert_allclose(gain["untuned"], [1, np.nan])


@pytest.mark.parametrize(("name", "values"), [("hidden_layers", [1, 4, 4]), ("learning_rates", [0.01, 0.01])])
def test_a_value_that_is_given_twice_is_refused(name, values):
    with pytest.raises(ConfigError, match=rf"^experiment\.{name}=.+: needs different values$"):
        depth_vs_width.compute(settings(**{name: values}))


@pytest.mark.parametrize("hidden_layers", [[1], [2, 4]])
def test_depths_without_one_hidden_layer_or_without_more_are_refused(hidden_layers):
    with pytest.raises(ConfigError, match=r"^experiment\.hidden_layers=.+: needs 1 and a larger number, to compare$"):
        depth_vs_width.compute(settings(hidden_layers=hidden_layers))


# claims


@pytest.fixture(scope="module")
def measured():
    cfg = settings(hidden_layers=[1, 2], observations=20, test=20, epochs=4, learning_rates=[0.01])
    return replace(depth_vs_width.compute(cfg), cfg=cfg)


def judged(measured, gains):
    """The claim about trained networks where every pair of a target gained so much."""
    rows = [(target, 2, r, gain + r / 1000) for target, gain in gains.items() for r in range(5)]
    table = pd.DataFrame(rows, columns=["target", "hidden_layers", "replicate", "gain"])
    result = Result({**measured.tables, "gain": table}, measured.arrays, measured.cfg)
    return {one.key: one for one in claim.judge(depth_vs_width.claims(result))}["deep_learns_better"]


def test_depth_is_better_only_where_it_halves_the_error(measured):
    targets = depth_vs_width.TARGETS
    assert judged(measured, dict.fromkeys(targets, 0.31)).verdict == "holds"
    assert judged(measured, dict.fromkeys(targets, 0.29)).verdict == "refuted here"
    some = judged(measured, {**dict.fromkeys(targets, -0.2), "radial": 0.5, "compositional": 0.4})
    assert some.verdict == "holds only when the target is radial or compositional"
    assert [case.verdict for case in some.cases.values()] == ["holds", "holds", *["refuted here"] * 3]


def test_linear_layers_gain_nothing_on_any_target():
    cfg = settings(activation="identity")
    gain = depth_vs_width.deepest(replace(depth_vs_width.compute(cfg), cfg=cfg), "gain")["gain"]
    assert len(gain) == 3 * len(depth_vs_width.TARGETS)
    assert gain.abs().max() < np.log10(1.1)
