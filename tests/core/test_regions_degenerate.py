"""Regions of networks whose lines coincide, meet in one point, or run along the box."""

from itertools import pairwise

import numpy as np
import pytest

import core
from core import regions, streams

SQUARE = [[-1, 1], [-1, 1]]


def counts(layers, box=SQUARE, activation="relu"):
    counted = regions.count(core.Network.from_layers(layers, activation), box)
    return counted.activation, counted.linear


def one_layer(W, b, readout=None):
    """Hidden units with these weights, read out with weights 1, 2, … if not told otherwise."""
    readout = np.arange(1.0, len(b) + 1) if readout is None else np.array(readout, dtype=float)
    return [(np.array(W, dtype=float), np.array(b, dtype=float)), (readout[:, np.newaxis], [0])]


def rotated(n_lines):
    """Normals (2, n) of lines through the origin at generic angles."""
    angles = 0.1 + np.pi * np.arange(n_lines) / n_lines
    return np.stack([np.cos(angles), np.sin(angles)])


@pytest.mark.parametrize("n_lines", [1, 2, 3, 7, 50])
def test_lines_through_one_point_cut_the_square_into_two_sectors_each(n_lines):
    assert counts(one_layer(rotated(n_lines), np.zeros(n_lines))) == (2 * n_lines, 2 * n_lines)


@pytest.mark.parametrize("point", [(0.3, 0.7), (1, 0.123), (1e-3, -1 / 3)])
def test_lines_through_a_point_that_is_no_binary_fraction_meet_there(point):
    n_lines, W = 12, rotated(12)
    at_the_edge = point[0] == 1
    expected = n_lines + 1 if at_the_edge else 2 * n_lines
    assert counts(one_layer(W, -np.array(point) @ W)) == (expected, expected)


@pytest.mark.parametrize("hidden", [(20,), (20, 20), (16, 16, 16)])
def test_without_biases_every_cell_is_a_cone_in_the_plane(hidden):
    rng = streams.stream(0, "central", len(hidden))
    widths = (2, *hidden, 1)
    layers = [(rng.standard_normal((p, q)), np.zeros(q)) for p, q in pairwise(widths)]
    net = core.Network.from_layers(layers)
    angles = np.linspace(0, 2 * np.pi, 1_000_001)[:-1]
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    signs = np.hstack([Z > 0 for Z in net.forward(circle).Z[:-1]])
    changes = (signs != np.roll(signs, 1, axis=0)).any(axis=1).sum()  # sectors met on the way around
    polygons = regions.partition(net, SQUARE)
    assert len(polygons.region) == changes
    corners = [polygons.polygon(i) for i in range(len(polygons.region))]
    assert all(np.abs(corner).sum(axis=1).min() < 1e-14 for corner in corners)  # each has its tip at the origin


def test_a_duplicated_unit_adds_nothing():
    W, b = rotated(5), np.linspace(-0.3, 0.4, 5)
    once = counts(one_layer(W, b))
    assert counts(one_layer(np.hstack([W, W, -3 * W]), np.hstack([b, b, -3 * b]))) == once


def test_duplicated_layers_add_nothing():
    rng = streams.stream(0, "duplicated")
    W1, b1, W2, b2 = (rng.standard_normal(shape) for shape in ((2, 6), 6, (6, 5), 5))
    once = [(W1, b1), (W2, b2), (np.ones((5, 1)), [0])]
    twice = [
        (np.hstack([W1, W1]), np.hstack([b1, b1])),
        (np.vstack([np.hstack([W2, W2]), np.zeros((6, 10))]), np.hstack([b2, b2])),
        (np.full((10, 1), 0.5), [0]),
    ]
    assert counts(twice) == counts(once)


@pytest.mark.parametrize("sign", [1, -1])
def test_units_that_are_never_on_or_never_off_cut_nothing(sign):
    assert counts(one_layer([[1, 0.5], [0.5, 1]], [sign * 1.5, sign * 2])) == (1, 1)


def test_a_unit_that_is_identically_zero_is_off_and_cuts_nothing():
    layers = one_layer([[1, 0], [0, 0]], [0.5, 0])
    assert counts(layers) == (2, 2)
    pattern = regions.partition(core.Network.from_layers(layers), SQUARE).pattern
    assert not pattern[:, 1].any()


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "absolute"])
def test_a_unit_whose_inputs_cancel_is_off_though_rounding_leaves_a_rest(activation):
    rng = streams.stream(0, "cancel")
    W, w = rng.standard_normal((2, 7)), rng.standard_normal(7)
    W, b = np.hstack([W, W]), np.tile(rng.standard_normal(7), 2)
    before = counts([(W, b), (np.zeros((14, 1)) + 1, [0])], activation="absolute")
    difference = np.column_stack([np.concatenate([w, -w]), np.ones(14)])  # the first unit is zero everywhere
    louder = np.diag([1e9, 1])
    layers = [(W, b), (difference, [0, 0]), (louder, [0, 0]), ([[1], [1]], [0])]
    assert counts(layers, activation=("absolute", activation, activation)) == before


@pytest.mark.parametrize("centre", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("second", ["identity", "leaky_relu", "relu"])
def test_a_unit_whose_inputs_cancel_behind_units_that_are_settled_early_adds_nothing(second, centre):
    box = [[centre - 1, centre + 1]] * 2
    for trial in range(20):
        rng = streams.stream(trial, "cancelling behind", second)
        first, once, weight = rng.standard_normal((2, 6)), rng.standard_normal((6, 2)), rng.standard_normal()
        twice = once[:, [0, 0, 1]]
        others, readout = rng.standard_normal((3, 1)), rng.standard_normal((2, 1))
        cancelling, nothing = (np.column_stack([[w, -w, 0], others]) for w in (weight, 0.0))
        with_it, without = (
            counts([(first, np.zeros(6)), (twice, np.zeros(3)), (last, np.zeros(2)), (readout, [0])], box,
                   ("relu", second, "relu"))
            for last in (cancelling, nothing)
        )  # fmt: skip
        assert with_it == without


@pytest.mark.parametrize("weight", [0, 1, -1, 0.1])
def test_constant_weights_fold_the_plane_along_one_line_at_most(weight):
    layers = [(np.full((p, q), weight), np.zeros(q)) for p, q in [(2, 8), (8, 8), (8, 8), (8, 1)]]
    expected = 2 if weight > 0 else 1 if weight == 0 else 2
    activation, linear = counts(layers)
    assert activation == expected
    assert linear == (1 if weight <= 0 else 2)  # with negative weights the second layer is never on


@pytest.mark.parametrize("activation", ["relu", "absolute", "leaky_relu"])
def test_lines_along_the_edge_and_through_corners_of_the_box(activation):
    edges = [[1, 0], [0, 1]], [1, -1]  # x = -1 and y = 1
    assert counts(one_layer(*edges), activation=activation) == (1, 1)
    corner = [[1], [1]], [2]  # touches (-1, -1)
    assert counts(one_layer(*corner), activation=activation) == (1, 1)
    diagonals = [[1, 1], [1, -1]], [0, 0]
    assert counts(one_layer(*diagonals), activation=activation) == (4, 4)


@pytest.mark.parametrize("width", [1e-9, 1e-11])
def test_a_sliver_is_a_region(width):
    assert counts(one_layer([[1, 1], [0.3, 0.3]], [0.2, 0.2 + width])) == (3, 3)
    assert counts(one_layer([[1, 1], [0.3, 0.3 + width]], [0.2, 0.2])) == (4, 4)  # they cross at x = -0.2, y = 0
    assert counts([([[1.0, 1.0]], [-0.3, -0.3 - width]), ([[1], [2]], [0])], [[0, 1]]) == (3, 3)


def copied(i):
    """Small networks in each layer of which the second unit is the first one times 1, -1 or 3; some without biases."""
    rng = streams.stream(i, "copied")
    widths = (2, *rng.integers(2, 6, size=rng.integers(1, 4)), 1)
    layers = [(rng.standard_normal((p, q)), rng.standard_normal(q) * (i % 3 > 0)) for p, q in pairwise(widths)]
    for W, b in layers[:-1]:
        factor = rng.choice([1, -1, 3])
        W[:, 1], b[1] = factor * W[:, 0], factor * b[0]
    return core.Network.from_layers(layers, ("relu", "leaky_relu", "absolute")[i // 3 % 3])


def test_without_a_snap_what_rounding_decides_is_not_certain(exact_regions):
    counted = [(regions.count(copied(i), SQUARE, snap=0), copied(i)) for i in range(90)]
    certain = [(found.activation, found.linear, net) for found, net in counted if found.certain]
    assert 5 < len(certain) < 45
    for activation, linear, net in certain:
        assert (activation, linear) == exact_regions(net, SQUARE)


def test_regions_that_meet_in_one_point_are_two():
    """|x| - |y| against zero, then relu: off in two opposite quadrants that touch at the origin alone."""
    layers = [(np.eye(2), [0, 0]), ([[1], [-1]], [0]), ([[1]], [0])]
    assert counts(layers, activation=("absolute", "relu")) == (8, 6)


def test_units_whose_kinks_cancel_leave_one_region():
    assert counts(one_layer([[1, 1], [2, 2]], [0.1, 0.1], readout=[1, -1])) == (2, 1)
    assert counts(one_layer([[1, -1], [2, -2]], [0.1, -0.1], readout=[1, -1])) == (2, 1)  # z = relu(z) - relu(-z)


def test_a_kink_that_no_output_reads_is_in_the_pattern_and_not_in_the_map():
    layers = one_layer([[1, 1], [2, -1]], [0.1, 0.2], readout=[1, 0])
    assert counts(layers) == (4, 2)


def test_kinks_of_slope_one_part_patterns_and_not_maps():
    theta = np.concatenate([[1, 2, 1, -1, 0.1, 0.2], [1, 2, 0], [1]])
    counted = regions.count(core.Network((2, 2, 1), theta, "prelu"), SQUARE)
    assert (counted.activation, counted.linear) == (4, 1)


def test_mirrored_copies_are_joined_where_a_dead_cell_meets_its_image_at_the_fold():
    fold = ([[2.0, 4.0]], [0, -2.0])  # a tent, from 0 over 1 at x = 1/2 back to 0
    on_in_the_middle = [fold, ([[1.0], [-1.0]], [-0.5]), ([[1]], [0])]
    assert counts(on_in_the_middle, [[0, 1]]) == (4, 4)
    off_in_the_middle = [fold, ([[-1.0], [1.0]], [0.5]), ([[1]], [0])]
    assert counts(off_in_the_middle, [[0, 1]]) == (4, 3)


@pytest.mark.parametrize("widths", [(4, 4, 4), (4, 4), (8, 8)])
def test_folds_with_a_random_last_layer_are_those_of_rational_arithmetic(exact_regions, widths):
    folds = core.constructions.folds(2, widths[0], len(widths)).layers()
    rng = streams.stream(0, "last layer", len(widths), widths[0])
    normals = np.round(rng.standard_normal((2, widths[-1])) * 64) / 64
    offsets = -np.array([0.5, 0.5]) @ normals + np.round(rng.uniform(-0.2, 0.2, widths[-1]) * 64) / 64
    _, gather = folds[-2], np.kron(np.eye(2), np.where(np.arange(widths[0] // 2) % 2 == 0, 1, -1)[:, np.newaxis])
    layers = [*folds[:-2], (gather @ normals, offsets), folds[-1]]
    net = core.Network.from_layers(layers)
    if sum(widths) <= 12:
        assert counts(layers, [[0, 1], [0, 1]]) == exact_regions(net, [[0, 1], [0, 1]])
    else:
        assert counts(layers, [[0, 1], [0, 1]])[0] > 200


@pytest.mark.parametrize(
    "limits", [[[-1e-6, 1e-6], [-1e-6, 1e-6]], [[-1e6, 1e6], [-1e6, 1e6]], [[-1, 1e6], [-1e-3, 1]]]
)
def test_boxes_of_every_size_and_shape(limits):
    scale = np.diff(limits)[:, 0] / 2
    centre = np.mean(limits, axis=1)
    rng = streams.stream(0, "boxes")
    W, b = rng.standard_normal((2, 12)), rng.standard_normal(12) * 0.3
    inner, readout = rng.standard_normal((12, 9)), rng.standard_normal((9, 1))
    shift = rng.standard_normal(9) * 0.3
    expected = counts([(W, b), (inner, shift), (readout, [0])])
    moved = W / scale[:, np.newaxis]
    assert counts([(moved, b - centre @ moved), (inner, shift), (readout, [0])], limits) == expected
