"""Convex polygons, cut along a line."""

import numpy as np
import pytest

from core import streams
from core.kernels.plane.polygons import part
from core.kernels.plane.records import VERTEX


def cut(corners, values):
    """The parts on both sides, (m, 2) each, of a polygon (n, 2) at whose corners a map has these values."""
    n = len(corners)
    pool = np.full(3 * n + 6, 7, dtype=VERTEX)
    pool["x"][:n], pool["y"][:n] = corners.T
    on, off = n, 2 * n + 2
    above, below, _ = part(pool, values, 0, n, 5, on, off)
    return (np.stack([each["x"], each["y"]], axis=1) for each in (pool[on : on + above], pool[off : off + below]))


def area(corners):
    x, y = corners.T
    return (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2


def regular(n):
    angles = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_the_parts_of_a_polygon_lie_on_their_sides_and_have_its_area(n):
    for trial in range(50):
        rng = streams.stream(trial, "cut", n)
        normal, shift = rng.standard_normal(2), rng.uniform(-0.5, 0.5)
        whole = regular(n)
        above, below = cut(whole, whole @ normal + shift)
        assert (above @ normal + shift).min(initial=0) > -1e-14
        assert (below @ normal + shift).max(initial=0) < 1e-14
        assert area(above) + area(below) == pytest.approx(area(whole), rel=1e-14)


@pytest.mark.parametrize("n", [3, 4, 7, 12])
def test_a_part_has_no_more_than_one_corner_more_whatever_rounding_makes_of_a_line(n):
    for trial in range(200):
        values = streams.stream(trial, "noise", n).choice([-1e-17, 0.0, 1e-17], n)
        for corners in cut(regular(n), values):
            assert len(corners) <= n + 1
