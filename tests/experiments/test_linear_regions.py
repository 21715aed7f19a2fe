"""Published counts, bounds by hand, growth of tables written by hand; what training must not change."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

import core
from experiments import config, linear_regions
from experiments.refusal import ConfigError
from experiments.store import Result

PUBLISHED = {1: (37, 37), 2: (592, 137), 3: (9472, 301), 4: (151552, 529)}  # Montúfar et al. 2014; Zaslavsky 1975


def settings(**given):
    return linear_regions.Config(**config.resolve("linear_regions", size="quick", given=given))


@pytest.mark.parametrize(("hidden_layers", "published"), PUBLISHED.items())
def test_montufars_networks_have_the_published_numbers(hidden_layers, published):
    row = linear_regions.construction(settings(), 8, hidden_layers)
    assert (row["regions"], row["shallow"]) == published
    assert row["montufar"] == row["regions"] <= row["most"]


def test_a_network_of_too_many_regions_is_not_counted_but_bounded():
    row = linear_regions.construction(settings(count_up_to=1000, layers=[1]), 8, 3)
    assert np.isnan(row["regions"])
    assert (row["montufar"], row["pascanu"]) == (16 * 16 * 37, 4 * 4 * 37)


def test_noise_moves_every_fold():
    exact, noisy = (linear_regions.folds(settings(fold_noise=noise), 8, 3).theta for noise in (0.0, 0.3))
    weights = exact != 0
    assert_allclose((noisy[weights] / exact[weights] - 1).std(), 0.3, rtol=0.2)  # of some 200 numbers
    assert_array_equal(noisy[~weights], 0)


def test_networks_of_every_arrangement_start_with_random_biases_and_as_many_units():
    cfg = settings(seeds=2, looks=[0, 1], biases=0.5)
    for hidden_layers in cfg.hidden_layers:
        fit = linear_regions.trained(cfg, hidden_layers, *linear_regions.spirals(cfg))
        start = core.Network(fit.network.widths, fit.snapshots[:, 0], output="sigmoid")
        assert sum(start.widths[1:-1]) == cfg.units
        biases = np.concatenate([b.ravel() for _, b in start.layers()])
        assert_allclose(biases.std(), 0.5, rtol=0.3)  # of some 50 numbers
        assert not np.isin(biases, 0).any()


@pytest.mark.parametrize("hidden_layers", [1, 2, 4])
def test_no_network_exceeds_the_upper_bound(hidden_layers):
    cfg = settings()
    data = linear_regions.spirals(cfg)
    fit = linear_regions.trained(cfg, hidden_layers, *data)
    regions = pd.DataFrame(linear_regions.region_rows(cfg, fit, *data))
    assert (regions["square"] <= regions["plane"]).all()
    assert regions["plane"].max() <= core.regions.bounds.serra(fit.network.widths)


def test_lines_without_biases_cut_the_plane_into_sectors():
    """24 lines through one point make 48 sectors."""
    cfg = settings(biases=0.0, looks=[0, 1])
    data = linear_regions.spirals(cfg)
    regions = pd.DataFrame(linear_regions.region_rows(cfg, linear_regions.trained(cfg, 1, *data), *data))
    assert_array_equal(regions[regions["epoch"] == 0]["plane"], 48)


def regions(counts, epochs=(0, 300)):
    """A table of counts in the plane, {(hidden_layers, replicate): one per epoch}."""
    rows = [(h, r, *look) for (h, r), row in counts.items() for look in zip(epochs, row, strict=True)]
    return pd.DataFrame(rows, columns=["hidden_layers", "replicate", "epoch", "plane"])


def test_the_growth_is_the_factor_of_one_more_layer():
    counts = {(1, 0): [10.0, 80.0], (2, 0): [20.0, 40.0], (4, 0): [80.0, 10.0], (1, 1): [7.0, 5.0], (2, 1): [7.0, 5.0],
              (4, 1): [7.0, 5.0]}  # fmt: skip
    growth = linear_regions.growth(settings(looks=[0, 300]), regions(counts))
    assert list(growth["stage"]) == ["start", "start", "trained", "trained"]
    assert_allclose(growth["factor"], [2, 1, 1 / 2, 1])


def test_the_farthest_share_is_that_of_the_mean_which_is_most_off_as_a_factor():
    """Of 288 = 24²/2: a third is farther off than twice."""
    counts = {(1, 0): [288.0, 500.0], (1, 1): [288.0, 652.0], (2, 0): [90.0, 288.0], (2, 1): [102.0, 288.0]}
    cfg = settings(looks=[0, 300])
    share = linear_regions.farthest_share(Result({"regions": regions(counts)}, cfg=cfg))
    assert_allclose(share, [90 / 288, 102 / 288])


def test_an_arrangement_that_diverged_is_the_farthest():
    counts = {(1, 0): [288.0, np.nan], (1, 1): [288.0, 288.0], (2, 0): [10.0, 288.0], (2, 1): [10.0, 288.0]}
    share = linear_regions.farthest_share(Result({"regions": regions(counts)}, cfg=settings(looks=[0, 300])))
    assert_array_equal(share, [np.nan, 1])


def test_a_plane_goes_through_the_images_that_are_asked_for():
    cfg = settings(digits=[7, 2, 3])
    table, arrays = linear_regions.among_digits(cfg)
    X, y = load_digits(return_X_y=True)
    assert_array_equal(arrays["images"] * 16, [X[y == digit][0] for digit in cfg.digits])
    distance = np.linalg.norm(arrays["images"][1:] - arrays["images"][0], axis=1)
    assert_allclose(np.linalg.norm(arrays["marks"][1:] - arrays["marks"][0], axis=1), distance)
    assert (table["square"] <= table["plane"]).all()
    assert table.set_index("stage")["accuracy"]["trained"] > 0.9


def near(**given):
    cfg = settings(**given)
    wide, arrays = linear_regions.from_near(cfg)
    return Result({"wide": wide}, arrays, cfg)


def test_the_largest_window_is_filled_by_as_many_tiles_as_it_has_regions():
    result = near()
    whole, largest, *smaller = result.tables["wide"].itertuples()
    assert [whole.half, largest.half, *(window.half for window in smaller)] == [1, *result.cfg.windows]
    assert len(result.arrays["near_odd"]) == largest.regions < whole.regions
    assert max(window.regions for window in smaller) < largest.regions
    corners = result.arrays["near_vertices"]
    assert_array_equal([corners.min(axis=0), corners.max(axis=0)], np.outer([-largest.half, largest.half], [1, 1]))


def test_a_frame_is_the_next_window():
    result = near()
    *drawn, last = axes = linear_regions.draw_millions(result).axes
    assert [ax.get_xlim()[1] for ax in axes] == result.cfg.windows
    for ax, following in zip(drawn, [*drawn[1:], last], strict=True):
        for box in ax.patches:
            (left, bottom), (right, top) = box.get_bbox().get_points()
            assert ((left, right), (bottom, top)) == (following.get_xlim(), following.get_ylim())
        assert len(ax.patches) == 2
    assert not last.patches


@pytest.mark.parametrize("certain", [(True, True), (False, True), (True, False)])
def test_a_count_that_rounding_may_have_changed_says_so(certain):
    table = pd.DataFrame({"half": [1, 0.5], "regions": [7_304_187, 12], "certain": certain})
    words = linear_regions.words_from_near(Result({"wide": table}, cfg=settings(windows=[0.5])))
    for count, sure in zip(("7,304,187 linear regions", "has 12"), certain, strict=True):
        assert f"{count}{'' if sure else ' (some may hang on rounding)'};" in words.caption
    assert "7.3 million" in words.alt


def test_captions_tell_the_plane_from_the_square():
    cfg = settings(seeds=2, looks=[0, 2], pictured=1, hidden_layers=[1, 2])
    result = replace(linear_regions.compute(cfg), cfg=cfg)
    words = linear_regions.words(result)
    for panel, column in (("headline", "plane"), ("training", "square")):
        mean = result.tables["regions"].groupby(["epoch", "hidden_layers"])[column].mean()
        for epoch in cfg.looks:
            told = f"{mean[epoch, 1]:,.0f} in 1 hidden layer and {mean[epoch, 2]:,.0f} in 2"
            assert told in words[panel].caption


@pytest.mark.parametrize("given", [
    {"hidden_layers": [1, 5]}, {"hidden_layers": [1, 8]}, {"hidden_layers": [1, 4]}, {"hidden_layers": [2, 2]},
    {"digits": [1, 2]}, {"digits": [1, 2, 2]}, {"looks": [1, 10]}, {"looks": [0]}, {"looks": [0, 10, 5]},
    {"windows": [0.25, 0.5]}, {"windows": [0.5, 0.5]},
])  # fmt: skip
def test_values_that_do_not_go_together_are_refused(given):
    with pytest.raises(ConfigError, match=rf"^experiment\.{next(iter(given))}=.*: needs .+"):
        linear_regions.compute(settings(**given))
