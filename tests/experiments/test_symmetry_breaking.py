"""Spreads, times and slopes of arrays written by hand; the BLAS twin against the kernels."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from experiments import config, symmetry_breaking
from experiments.refusal import ConfigError


def settings(**given):
    return symmetry_breaking.Config(**config.resolve("symmetry_breaking", size="quick", given=given))


@pytest.mark.parametrize(
    ("W", "b", "v", "c", "spread"),
    [
        ([[1, 1, 1], [2, 2, 2]], [3, 3, 3], [[4], [4], [4]], [5], 0),
        ([[1, 1, 1.5], [2, 2, 2]], [3, 3, 3], [[4], [4], [4]], [5], 0.5),
        ([[1, 1, 1], [2, -2, 2]], [3, 3, 3], [[4], [4], [4]], [5], 4),
        ([[1, 1, 1], [2, 2, 2]], [3, 3, 3.25], [[4], [4], [4]], [5], 0.25),
        ([[1, 1, 1], [2, 2, 2]], [3, 3, 3.25], [[4], [-4], [4]], [5], 8),
        ([[7], [2]], [3], [[4]], [5], 0),
    ],
)
def test_the_spread_is_the_largest_difference_between_two_units(W, b, v, c, spread):
    net = core.Network.from_layers([(W, b), (v, c)])
    assert symmetry_breaking.spread_of(net, net.theta) == spread


def test_an_ensemble_has_a_spread_for_each_network_and_look():
    even = core.Network.from_layers([([[1, 1], [2, 2]], [0, 0]), ([[3], [3]], [0])])
    thetas = np.tile(even.theta, (4, 3, 1))  # networks, looks
    thetas[1, 2, 0] += 0.5
    expected = np.zeros((4, 3))
    expected[1, 2] = 0.5
    assert_array_equal(symmetry_breaking.spread_of(even, thetas), expected)


def test_units_break_at_the_first_look_at_which_their_spread_is_large():
    cfg = settings(seeds=2, noises=[1e-4, 1e-3, 1e-2, 1e-1], every=100, broken=0.1)
    never, small, late, falls, at_once = [0, 0, 0, 0], [0.09] * 4, [0, 0, 0, 0.1], [0, 9, 0, 0], [1, 1, 1, 1]
    spread = np.array([[never, never, small, late, falls], [at_once, late, falls, at_once, small]])
    time = symmetry_breaking.break_times(cfg, spread)
    expected = {
        "noise": [1e-4, 1e-4, 1e-3, 1e-3, 1e-2, 1e-2, 1e-1, 1e-1],
        "replicate": [0, 1] * 4,
        "steps": [np.nan, 300, np.nan, 100, 300, 0, 100, np.nan],
    }
    pd.testing.assert_frame_equal(time, pd.DataFrame(expected))


def times(noises, steps):
    """A table of times: `steps` has a row per network and a column per noise."""
    return pd.DataFrame(
        [dict(noise=n, replicate=r, steps=s) for r, row in enumerate(steps) for n, s in zip(noises, row, strict=True)]
    )


def test_the_pace_is_fitted_to_each_half_of_the_noises():
    """The second network needs 100 steps a decade above 1e-4, and 300 below; the order of the noises does not count."""
    noises = [1e-6, 1e-2, 1e-4, 1e-3, 1e-5, 1e-1]
    even = [700, 300, 500, 400, 600, 200]
    bent = [1000, 200, 400, 300, 700, 100]
    pace = symmetry_breaking.pace(times(noises, [even, bent]))
    assert_array_equal(pace["replicate"], [0, 1])
    assert_allclose(pace["small_noise"], [100, 300])
    assert_allclose(pace["large_noise"], [100, 100])
    assert_allclose(
        pace["steps_per_decade"], [100, np.polyfit([6, 5, 4, 3, 2, 1], [1000, 700, 400, 300, 200, 100], 1)[0]]
    )


def test_units_that_never_part_have_no_pace():
    pace = symmetry_breaking.pace(times([1e-4, 1e-3, 1e-2, 1e-1], [[np.nan, 300, 200, 100]]))
    assert np.isnan(pace.loc[0, ["steps_per_decade", "small_noise"]].to_numpy(float)).all()
    assert_allclose(pace.loc[0, "large_noise"], 100)


def test_fewer_than_four_noises_are_refused():
    with pytest.raises(ConfigError, match=r"^experiment\.noises=.*: needs at least four"):
        symmetry_breaking.compute(settings(noises=[1e-3, 1e-2, 1e-1]))


@pytest.mark.parametrize("scheme", ["identical", "zeros"])
def test_alike_units_differ_by_the_start_noise_alone(scheme):
    exact = symmetry_breaking.alike(settings(start_noise=0.0), 5, "tanh", scheme)
    noisy = symmetry_breaking.alike(settings(start_noise=0.1), 5, "tanh", scheme)
    assert_array_equal(symmetry_breaking.spread_of(exact, exact.theta), 0)
    assert_allclose((noisy.theta - exact.theta).std(), 0.1, rtol=0.3)  # of 63 numbers


def test_the_twin_on_blas_trains_as_the_kernels_do():
    cfg = settings(start_noise=0.1, epochs=50)
    X, y = symmetry_breaking.training_sets(cfg)
    nets = symmetry_breaking.alike(cfg, 6, "tanh")
    expected = symmetry_breaking.spread_of(nets, symmetry_breaking.trained(cfg, nets, X, y, 50).network.theta)
    actual = symmetry_breaking.spread_with_blas(cfg, X[0], y[0], 6)
    assert_allclose(actual, expected[0], rtol=1e-9)  # fifty steps of rounding


def test_one_unit_starts_as_the_sum_of_the_identical_ones(monkeypatch):
    cfg, started = settings(), []
    X, y = symmetry_breaking.training_sets(cfg)

    def untrained(cfg, nets, *data):
        started.append(nets)
        return SimpleNamespace(network=nets)

    monkeypatch.setattr(symmetry_breaking, "trained", untrained)
    arms = {row["arm"]: None for row in symmetry_breaking.performance_rows(cfg, X, y)}
    identical, one, random = started
    assert list(arms) == ["identical", "one unit", "random"]
    assert [nets.widths[1] for nets in started] == [cfg.width, 1, cfg.width]
    assert_allclose(one(X), identical(X), rtol=1e-14)
    assert (symmetry_breaking.spread_of(random, random.theta) > 0.1).all()
