"""What a cell's layer passes on: lists of its units, and their shares, against NumPy."""

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_allclose, assert_array_equal

from core import streams
from core.kernels.lanes import BYTES
from core.kernels.plane import focus, nets
from core.kernels.signs import list_units

LANES = BYTES // 8
ROOM = 4 * LANES + 1  # of the largest layer here, and a vector


@njit
def lists(bounds, n, first, kinked, slope, between, both, adding):
    list_units(bounds, bounds.shape[1], n, first, kinked, slope, between, both, adding)


@njit
def weigh(z, n, slope, bounds, reach_x, reach_y, shares):
    nets.weigh_layer(z, z.shape[1], n, slope, bounds, bounds.shape[1], reach_x, reach_y, shares)


@njit
def find_ranges(forms, first, n, corners, reach_x, reach_y, ranges, zone, bounds):
    focus.find_ranges(
        forms, forms.shape[1], first, n, corners, len(corners), reach_x, reach_y, ranges, len(ranges), zone, bounds,
        bounds.shape[1],
    )  # fmt: skip


def reaches(rng):
    """How far units reach above and below zero: some to one side, some to both, some to neither."""
    return rng.choice([-0.5, 0.0, 0.5], (2, ROOM)) + rng.choice([0.0, 0.25], (2, ROOM))


@pytest.mark.parametrize("kinked", [True, False])
@pytest.mark.parametrize(("slope", "between"), [(0.0, 0.0), (0.1, 0.1), (-1.0, 0.0)])
@pytest.mark.parametrize("n", [0, 1, LANES - 1, LANES, LANES + 1, 3 * LANES + 1])
def test_the_units_that_cut_and_those_that_add_are_listed_in_their_order(n, slope, between, kinked):
    for trial in range(20):
        bounds, first = reaches(streams.stream(trial, "lists", n)), 7
        both, adding = np.full((2, ROOM), -1)
        lists(bounds, n, first, kinked, slope, between, both, adding)
        above, below = bounds[:, :n] > 0
        gains = np.select([above & below, above, below], [between, 1, slope], 0)
        for found, meant in ((both, above & below & kinked), (adding, gains != 0)):
            assert found[n] == meant.sum()
            assert_array_equal(found[: found[n]], first + np.flatnonzero(meant))


@pytest.mark.parametrize("slope", [0.0, 0.1, -1.0])
def test_a_unit_shares_its_map_times_the_slope_below_zero_and_the_size_of_that_on_the_box(slope):
    rng = streams.stream(0, "shares")
    bounds, z, shares, reach = reaches(rng), rng.standard_normal((4, ROOM)), np.empty((4, ROOM)), (3.0, 50.0, 1.0)
    n = ROOM - LANES
    weigh(z, n, slope, bounds, *reach[:2], shares)
    maps = z[:3] * np.where(bounds[1] > 0, slope, 1)
    assert_array_equal(shares[:3, :n], maps[:, :n])
    assert_allclose(shares[3, :n], (reach @ abs(maps))[:n], rtol=1e-15)


@pytest.mark.parametrize("symbols", [0, 1, 6])
@pytest.mark.parametrize("n", [1, LANES, 2 * LANES + 3])
def test_a_form_reaches_as_far_as_its_map_at_the_corners_and_its_symbols_at_their_ends(n, symbols):
    rng, first, zone = streams.stream(0, "ranges", n, symbols), 3, 0.1
    forms, corners, ends = rng.standard_normal((4 + symbols, ROOM)), rng.uniform(-2, 2, (5, 2)), np.zeros((symbols, 2))
    forms[3] = abs(forms[3])
    ends[:, 0], ends[:, 1] = -rng.random(symbols), rng.random(symbols)  # the smallest and the largest value of each
    sizes, bounds = rng.random(symbols), np.empty((4, ROOM))
    ranges = np.column_stack([ends.mean(axis=1), np.diff(ends)[:, 0] / 2, sizes])
    find_ranges(forms, first, n, corners, 2.0, 3.0, ranges, zone, bounds)

    a, b, c, terms, *weights = forms[:, first : first + n]
    weights = np.reshape(weights, (symbols, n))
    at_corners, at_ends = corners @ [a, b] + c, ends[:, :, np.newaxis] * weights[:, np.newaxis]
    most = at_corners.max(axis=0) + at_ends.max(axis=1).sum(axis=0)
    least = at_corners.min(axis=0) + at_ends.min(axis=1).sum(axis=0)
    more = sizes @ abs(weights)
    doubt = zone * (terms + more)
    size = 2 * abs(a) + 3 * abs(b) + abs(c) + more
    assert_allclose(bounds[:, :n], [most + doubt, doubt - least, size, terms + more], rtol=1e-13, atol=1e-13)
