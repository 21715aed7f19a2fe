"""Lines and planes through the inputs of a network."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from core import regions, streams
from core.regions import Slice


def random_network(widths, *address, activation="relu"):
    rng = streams.stream(0, "slices", *address)
    layers = [(rng.standard_normal((p, q)) / np.sqrt(p), rng.standard_normal(q) / 2) for p, q in pairwise(widths)]
    return core.Network.from_layers(layers, activation)


POINTS = streams.stream(0, "slices", "points").standard_normal((3, 30))


@pytest.mark.parametrize("activation", ["relu", ("prelu", "absolute")])
@pytest.mark.parametrize("n_points", [2, 3])
def test_on_the_slice_the_network_is_the_network(activation, n_points):
    net, flat = random_network((30, 8, 7, 2), activation=activation), Slice.through(POINTS[:n_points])
    coordinates = streams.stream(0, "slices", "where").uniform(-3, 3, (20, n_points - 1))
    assert_allclose(flat.of(net)(coordinates), net(flat(coordinates)), rtol=0, atol=1e-13)
    assert flat.of(net).widths == (n_points - 1, 8, 7, 2)


def test_a_network_of_single_precision_is_composed_in_double():
    net = random_network((30, 8, 7, 2))
    single = core.Network(net.widths, net.theta.astype(np.float32))
    double = core.Network(net.widths, single.theta.astype(np.float64))
    plane = Slice.through(POINTS)
    assert_array_equal(plane.of(single).theta, plane.of(double).theta)


def test_an_ensemble_is_composed_network_by_network():
    nets, plane = core.initialize((30, 5, 5, 1), "he", seeds=range(3)), Slice.through(POINTS)
    assert_array_equal(plane.of(nets).theta, [plane.of(nets[r]).theta for r in range(3)])


def test_the_points_are_where_the_marks_say_and_distances_are_true():
    plane = Slice.through(POINTS)
    assert_allclose(plane(plane.marks), POINTS, rtol=0, atol=1e-14)
    assert_allclose(plane.coordinates(POINTS), plane.marks, rtol=0, atol=1e-14)
    assert_allclose(plane.basis @ plane.basis.T, np.eye(2), rtol=0, atol=1e-15)
    assert_array_equal(plane.marks[0], [0, 0])
    assert plane.marks[1, 0] > 0 == plane.marks[1, 1]
    assert plane.marks[2, 1] > 0


def test_the_nearest_point_is_found_where_the_basis_is_askew():
    flat = Slice([1, 1, 1], [[1, 0, 0], [1, 2, 0]])
    assert_allclose(flat.coordinates([[4, 5, 9]]), [[1, 2]], rtol=0, atol=1e-14)
    assert flat(flat.coordinates([[4, 5, 9]])) == pytest.approx(np.array([[4, 5, 1]]))


def test_the_box_holds_the_marks_with_a_margin():
    line = Slice.through([[0, 0], [3, 4]])
    assert_allclose(line.box, [[-1.25, 6.25]])
    plane = Slice.through([[0, 0, 0], [4, 0, 0], [1, 2, 0]])
    assert_allclose(plane.box, [[-1, 5], [-1, 3]])


def test_regions_on_a_slice_along_two_axes_are_those_of_the_network_of_two_inputs():
    net = random_network((4, 9, 9, 1))
    (W, b), *rest = net.layers()
    inner = core.Network.from_layers([(W[1:3], b + W[0] * 0.5 - W[3]), *rest])
    flat, box = Slice([0.5, 0, 0, -1], np.eye(4)[1:3]), [[-2, 3], [-1, 1]]
    assert regions.count(net, box, slice=flat) == regions.count(inner, box)
    along = regions.partition(net, box, slice=flat)
    centres = np.array([along.polygon(i).mean(axis=0) for i in range(len(along.region))])
    values = np.einsum("id,idk->ik", centres, along.W) + along.b
    assert_allclose(values, net(flat(centres)), rtol=0, atol=1e-12)


def test_breakpoints_on_a_line_are_where_units_of_the_network_change_sign():
    net, line = random_network((30, 12, 12, 1)), Slice.through(POINTS[:2])
    pieces = regions.partition(net, line.box, slice=line)
    Z = np.hstack(net.forward(line(pieces.breakpoints[1:-1, np.newaxis])).Z[:-1])
    assert len(Z) > 5
    assert (np.abs(Z).min(axis=1) < 1e-13).all()


def test_a_unit_that_the_slice_does_not_see_is_off_though_rounding_leaves_a_rest():
    points = np.array([[0.1, 0.2, 0.3], [1, 0, 1.1], [0.3, 0.7, 0.5]])
    normal = np.cross(points[1] - points[0], points[2] - points[0])
    W = np.column_stack([normal, [1, 2, 0.5]])
    net = core.Network.from_layers([(W, [-normal @ points[0], 0]), ([[1e9], [1]], [0])])
    plane = Slice.through(points)
    assert regions.count(net, plane.box, slice=plane).activation <= 2
    assert not regions.partition(net, plane.box, slice=plane).pattern[:, 0].any()


def test_duplicated_units_are_duplicated_on_the_slice():
    W = streams.stream(0, "slices", "duplicated").standard_normal((30, 1))
    net = core.Network.from_layers([(np.tile(W, 33), np.full(33, 0.1)), (np.ones((33, 1)), [0])])
    W, _ = Slice.through(POINTS).of(net).layers()[0]
    assert_array_equal(W, np.broadcast_to(W[:, :1], W.shape))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Slice([0, 0], [1, 0]),
            r"origin has shape \(2,\) and basis \(2,\); needed are \(n_0,\) and \(d, n_0\)",
        ),
        (lambda: Slice([0, 0], [[1, 0, 0]]), r"origin has shape \(2,\) and basis \(1, 3\)"),
        (lambda: Slice([0, 0], np.empty((0, 2))), r"basis \(0, 2\)"),
        (lambda: Slice([0, np.nan], [[1, 0]]), "origin or basis has entries that are not finite"),
        (lambda: Slice([0, 0, 0], [[1, 2, 3], [2, 4, 6]]), "basis has rank 1; its 2 rows must be independent"),
        (lambda: Slice([0, 0], [[0, 0]]), "basis has rank 0"),
        (lambda: Slice.through([1, 2]), r"points has shape \(2,\); it must be \(d \+ 1, n_0\)"),
        (lambda: Slice.through([[1, 2]]), r"points has shape \(1, 2\)"),
        (lambda: Slice.through([[1, 2], [1, np.inf]]), "points has entries that are not finite"),
        (lambda: Slice.through([[1, 2], [1, 2]]), "points lie in a flat of 0 dimensions; 2 points must span 1"),
        (lambda: Slice([0, 0], [[1, 0]]).box, "the slice has no marks to put a box around"),
        (
            lambda: regions.count(random_network((3, 2, 1)), [[0, 1]], slice=Slice([0, 0], [[1, 0]])),
            "the slice lies in 2 dimensions; the network has 3 inputs",
        ),
        (
            lambda: regions.partition(random_network((2, 2, 1)), [[0, 1]] * 2, slice=Slice([0, 0], [[1, 0]])),
            r"box has shape \(2, 2\); this network needs \(1, 2\)",
        ),
    ],
)
def test_slices_that_are_none_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
