"""The decision boundary, against the network's own values and curves that are known."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

import core
from core import regions, streams
from core.regions import Slice, boundary

SQUARE = [[-1, 1], [-1, 1]]


def random_network(widths, *address, output="identity"):
    rng = streams.stream(0, "boundaries", *address)
    layers = [(rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * 0.3) for p, q in pairwise(widths)]
    return core.Network.from_layers(layers, output=output)


def linear(W, b, output="identity"):
    return core.Network.from_layers([(np.array(W, dtype=float), np.array(b, dtype=float))], output=output)


def distance(points, curves):
    """Of each point to the nearest segment of the polylines."""
    starts, stops = np.vstack([c[:-1] for c in curves]), np.vstack([c[1:] for c in curves])
    along = stops - starts
    t = ((points[:, np.newaxis] - starts) * along).sum(axis=2) / (along**2).sum(axis=1)
    nearest = starts + np.clip(t, 0, 1)[..., np.newaxis] * along
    return np.linalg.norm(points[:, np.newaxis] - nearest, axis=2).min(axis=1)


def round_network(n=40, output="identity"):
    """Positive outside a polygon of 2n sides around the origin: the support function of a zonotope, less its height."""
    angles = 0.1 + np.pi * np.arange(n) / n
    B = np.stack([np.cos(angles), np.sin(angles)])
    return core.Network.from_layers([(np.hstack([B, -B]), np.zeros(2 * n)), (np.full((2 * n, 1), 1 / n), [-0.3])],
                                    output=output)  # fmt: skip


@pytest.mark.parametrize("output", ["identity", "sigmoid"])
def test_a_boundary_around_a_point_is_one_closed_curve(output):
    (curve,) = boundary(round_network(output=output), SQUARE)
    assert (curve[0] == curve[-1]).all()
    assert len(curve) == 81  # one corner for each kink of the network, and the first again
    assert_allclose(round_network()(curve), 0, rtol=0, atol=1e-14)
    radii = np.linalg.norm(curve, axis=1)
    assert_allclose(radii, 0.3 * np.pi / 2, rtol=1e-3)  # the mean of |cos| is 2 / pi


def test_the_boundary_is_where_the_values_are_zero_and_every_line_meets_it_there():
    net = random_network((2, 40, 40, 1), "values")
    curves = boundary(net, SQUARE)
    middles = np.vstack([(curve[1:] + curve[:-1]) / 2 for curve in curves])
    assert len(middles) > 30
    assert np.abs(net(middles)).max() < 1e-13
    ends = streams.stream(0, "boundaries", "lines").uniform(-1, 1, (60, 2, 2))
    met = [Slice.through(pair) for pair in ends]
    points = [line(boundary(net, [[0, line.marks[1, 0]]], slice=line)[:, np.newaxis]) for line in met]
    assert sum(map(len, points)) > 20
    assert distance(np.vstack(points), curves).max() < 1e-12
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 200)] * 2), axis=-1)
    signs = net(grid.reshape(-1, 2)).reshape(200, 200) > 0
    changed = np.argwhere(signs[:, 1:] != signs[:, :-1])
    assert distance((grid[:, 1:] + grid[:, :-1])[tuple(changed.T)] / 2, curves).max() <= 1 / 199


def test_curves_end_on_the_box_or_where_they_began():
    net = random_network((2, 24, 24, 1), "values")
    for curve in boundary(net, SQUARE):
        closed = (curve[0] == curve[-1]).all()
        assert closed or (np.abs(curve[[0, -1]]).max(axis=1) == 1).all()


def test_on_a_line_it_is_points():
    tent = core.constructions.sawtooth(4).layers()
    net = core.Network.from_layers([*tent[:-1], (tent[-1][0], tent[-1][1] - 0.5)])
    assert_allclose(boundary(net, [[0, 1]]), (2 * np.arange(16) + 1) / 32, rtol=0, atol=1e-15)
    assert_allclose(boundary(linear([[1]], [0]), [[-1, 1]]), [0])
    assert len(boundary(linear([[1]], [3]), [[-1, 1]])) == 0
    assert boundary(linear([[1], [1]], [3]), SQUARE) == []


def test_a_kink_along_which_the_output_is_zero_is_one_line():
    net = core.Network.from_layers([([[1.0], [0.5]], [0.1]), ([[1]], [0])], activation="absolute")
    (line,) = boundary(net, SQUARE)
    assert_allclose(line @ [1, 0.5] + 0.1, 0, rtol=0, atol=1e-15)


def test_a_cell_on_which_the_output_is_zero_is_bounded_and_not_filled():
    net = core.Network.from_layers([(np.eye(2), [-0.5, -0.25]), ([[1], [1]], [0])])  # zero for x < 1/2 and y < 1/4
    (line,) = boundary(net, SQUARE)
    assert_allclose(line[:: 1 if line[0, 0] == -1 else -1], [[-1, 0.25], [0.5, 0.25], [0.5, -1]], rtol=0, atol=1e-15)


def test_a_point_where_the_output_touches_zero_is_no_curve():
    net = core.Network.from_layers([(np.eye(2), [0, 0]), ([[1], [1]], [0])], activation="absolute")  # |x| + |y|
    assert boundary(net, SQUARE) == []


def test_curves_part_where_they_cross():
    net = core.Network.from_layers([(np.eye(2), [0, 0]), ([[1], [-1]], [0])], activation="absolute")  # |x| - |y|
    rays = boundary(net, SQUARE)
    assert sorted(tuple(np.abs(ray).min(axis=0)) for ray in rays) == [(0, 0)] * 4
    assert {tuple(ray[np.abs(ray).sum(axis=1).argmax()]) for ray in rays} == {(1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_three_classes_part_in_three_rays():
    angles = 2 * np.pi * np.arange(3) / 3
    rays = boundary(linear([np.cos(angles), np.sin(angles)], [0, 0, 0], "softmax"), SQUARE)
    assert len(rays) == 3
    for ray in rays:
        assert_allclose(np.linalg.norm(ray, axis=1).min(), 0, atol=1e-15)
    far = np.array([ray[np.linalg.norm(ray, axis=1).argmax()] for ray in rays])
    assert_allclose(np.sort(np.arctan2(far[:, 1], far[:, 0])), [-np.pi / 3, np.pi / 3, np.pi], rtol=0, atol=1e-14)


def test_on_a_boundary_of_classes_the_two_largest_are_equal():
    net = random_network((2, 16, 16, 5), "classes", output="softmax")
    curves = boundary(net, SQUARE)
    points = np.vstack([(curve[1:] + curve[:-1]) / 2 for curve in curves])
    largest = np.sort(net.forward(points).Z[-1], axis=1)
    assert np.abs(largest[:, -1] - largest[:, -2]).max() < 1e-13
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 200)] * 2), axis=-1)
    classes = net(grid.reshape(-1, 2)).argmax(axis=1).reshape(200, 200)
    changed = np.argwhere(classes[1:] != classes[:-1])
    assert len(changed) > 100
    assert distance((grid[1:] + grid[:-1])[tuple(changed.T)] / 2, curves).max() <= 1 / 199
    line = Slice([0.0, 0.1], [[1.0, 0.3]])
    points = line(boundary(net, [[-1, 1]], slice=line)[:, np.newaxis])
    assert len(points) > 0
    assert distance(points[np.abs(points).max(axis=1) <= 1], curves).max() < 1e-12


def test_several_outputs_without_softmax_are_refused():
    with pytest.raises(ValueError, match="the network has 2 outputs and output 'sigmoid'; a boundary needs one output"):
        boundary(linear([[1, 2]], [0, 0], "sigmoid"), [[0, 1]])


def test_the_boundary_parts_regions_that_have_a_sign():
    net = random_network((2, 12, 12, 1), "cells")
    cells = regions.partition(net, SQUARE)
    corners = [cells.polygon(i) for i in range(len(cells.region))]
    mixed = sum(np.ptp(np.sign(net(corner))) == 2 for corner in corners)
    assert mixed == sum(len(curve) - 1 for curve in boundary(net, SQUARE))
