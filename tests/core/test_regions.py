"""Regions counted and drawn, against rational arithmetic and against what a partition must be."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import core
from core import constructions, regions, streams
from core.regions.layers import layers_of
from core.regions.rooms import Asked, Room
from core.regions.walks import Walk

EPS = np.finfo(np.float64).eps
SQUARE = [[-1, 1], [-1, 1]]
KINKED = ("identity", "relu", "leaky_relu", "absolute", "prelu")


def he(hidden, bias, *address, n_inputs=2, n_outputs=1, activation="relu"):
    """A network with He's normal weights and normal biases of this standard deviation."""
    widths = (n_inputs, *hidden, n_outputs)
    rng = streams.stream(0, "regions", *address)
    layers = [
        (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * bias) for p, q in pairwise(widths)
    ]
    return core.Network.from_layers(layers, activation)


@st.composite
def dyadic_networks(draw, n_inputs):
    """Small networks whose weights are few multiples of 1/2, so that lines coincide and meet in one point often."""
    hidden = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    widths = (n_inputs, *hidden, draw(st.integers(1, 2)))
    names = tuple(draw(st.sampled_from((*KINKED, "relu", "relu"))) for _ in hidden)
    largest = draw(st.sampled_from([1, 2, 4]))
    n_parameters = sum((p + 1) * q for p, q in pairwise(widths))
    halves = draw(hnp.arrays(np.int8, n_parameters, elements=st.integers(-largest, largest), fill=st.nothing()))
    slopes = draw(st.lists(st.sampled_from([0, 0.25, 1, -0.5, 2]), min_size=(k := names.count("prelu")), max_size=k))
    return core.Network(widths, np.concatenate([halves / 2, slopes]), names)


@st.composite
def boxes(draw, n_inputs):
    lows = draw(st.lists(st.integers(-4, 1), min_size=n_inputs, max_size=n_inputs))
    return [[low, low + draw(st.integers(1, 6))] for low in lows]


def assert_counts(net, box, expected):
    counted, parted = regions.count(net, box), regions.partition(net, box)
    assert (counted.activation, counted.linear) == expected
    assert (len(parted.region), parted.region.max() + 1) == expected


@settings(max_examples=250, deadline=None, derandomize=True)
@given(dyadic_networks(2), boxes(2))
def test_regions_of_a_plane_are_those_of_rational_arithmetic(exact_regions, net, box):
    assert_counts(net, box, exact_regions(net, box))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(dyadic_networks(1), boxes(1))
def test_regions_of_a_line_are_those_of_rational_arithmetic(exact_regions, net, box):
    assert_counts(net, box, exact_regions(net, box))


@pytest.mark.parametrize("replicate", range(3))
@pytest.mark.parametrize("activation", [*KINKED[1:], ("absolute", "identity", "relu")])
def test_random_networks_have_the_regions_of_rational_arithmetic(exact_regions, activation, replicate):
    net = he((5, 4, 4), 0.5, "random", replicate, n_outputs=2, activation=activation)
    assert_counts(net, SQUARE, exact_regions(net, SQUARE))


# --- known counts


@pytest.mark.parametrize(("hidden_layers", "expected"), [(1, 37), (2, 592), (3, 9472), (4, 151552)])
def test_the_folded_square_has_as_many_regions_as_montufar_says(hidden_layers, expected):
    net = constructions.folds(2, 8, hidden_layers)
    assert regions.count(net, [[0, 1], [0, 1]]) == regions.RegionCount(activation=expected, linear=expected)
    assert regions.bounds.montufar(net.widths) == expected


@pytest.mark.parametrize("k", [1, 2, 5, 12, 20])
def test_a_sawtooth_has_two_to_the_k_pieces(k):
    assert regions.count(constructions.sawtooth(k), [[0, 1]]) == regions.RegionCount(2**k, 2**k)


def test_the_pieces_of_a_sawtooth_end_at_multiples_of_two_to_the_minus_k():
    pieces = regions.partition(constructions.sawtooth(7), [[0, 1]])
    assert_array_equal(pieces.breakpoints, np.arange(129) / 128)
    assert_array_equal(pieces.W[:, 0, 0], np.where(np.arange(128) % 2 == 0, 128, -128))
    assert_array_equal(pieces.region, np.arange(128))


@pytest.mark.parametrize("n_inputs", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 5, 20])
def test_one_random_layer_meets_zaslavsky_on_a_box_that_holds_every_crossing(n_inputs, width):
    net = he((width,), 0.1, "zaslavsky", width, n_inputs=n_inputs)
    expected = regions.bounds.zaslavsky(n_inputs, width)
    assert regions.count(net, [[-1e6, 1e6]] * n_inputs).activation == expected


@pytest.mark.parametrize("activation", ["relu", "absolute"])
@pytest.mark.parametrize("hidden", [(32, 32), (48, 48, 48), (16,) * 8])
def test_counts_do_not_hang_on_the_snapping_of_zeros(hidden, activation):
    net = he(hidden, 0.1, "snap", len(hidden), activation=activation)
    counts = [regions.count(net, SQUARE, snap=snap) for snap in (0, 1e-13, 1e-10)]
    assert counts[0].activation > 200
    assert counts == [counts[0]] * 3


def test_without_a_hidden_layer_there_is_one_region():
    net = core.Network.from_layers([([[1], [2]], [3])])
    assert regions.count(net, SQUARE) == regions.RegionCount(1, 1)
    assert regions.partition(net, SQUARE).polygon(0).tolist() == [[-1, -1], [1, -1], [1, 1], [-1, 1]]


def test_a_network_of_single_precision_counts_as_in_double():
    net = he((16, 16), 0.3, "single")
    single = core.Network(net.widths, net.theta.astype(np.float32))
    double = core.Network(net.widths, single.theta.astype(np.float64))
    assert regions.count(single, SQUARE) == regions.count(double, SQUARE)
    assert regions.partition(single, SQUARE).W.dtype == np.float64


@pytest.mark.parametrize("n_inputs", [1, 2])
def test_a_network_without_hidden_layers_is_one_region_without_a_unit(n_inputs):
    W, b = np.arange(1.0, 1 + 3 * n_inputs).reshape(n_inputs, 3), np.array([5.0, 6.0, 7.0])
    net, box = core.Network.from_layers([(W, b)]), SQUARE[:n_inputs]
    found = regions.partition(net, box)
    assert_counts(net, box, (1, 1))
    assert found.pattern.shape == (1, 0)
    assert_array_equal(found.W[0], W)
    assert_array_equal(found.b[0], b)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_the_output_unit_is_not_looked_at(output):
    net = he((6, 6), 0.3, "output", n_outputs=3)
    other = core.Network(net.widths, net.theta, output=output)
    assert regions.count(other, SQUARE) == regions.count(net, SQUARE)


def counted(net):
    """A walk through the square that keeps nothing, at its end."""
    walk = Walk(layers_of(net, SQUARE, 1e-13), None, np.zeros(0, dtype=np.int64), Asked())
    walk.begin(0, 1)
    while walk.go_on():
        pass
    return walk


def test_counting_keeps_no_more_than_the_edges_between_what_was_met_and_what_was_not():
    walk = counted(he((28, 28, 28), 0.1, "stream"))
    assert walk.record["counted"] > 2000
    assert walk.record["unused"] <= 1024  # facets that were never needed begin here
    assert walk.record["spare"] == len(walk.room.edges.facets) - 1  # all were given back
    assert sum(map(len, walk.pairs_met)) == 0


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "absolute", ("absolute", "prelu")])
def test_edges_of_two_hidden_layers_that_surely_are_kinks_keep_nothing(activation):
    net = he((32, 32), 0.5, "kinks", activation=activation)
    Room.unused.clear()
    room = counted(net).room
    for numbers in (room.stacks.numbers, room.work.forms, room.work.shares, room.work.bounds):
        numbers[:] = np.nan  # as there may be in memory that others have used
    room.leave()
    walk = counted(net)
    assert walk.room is room
    assert walk.record["counted"] > 500
    assert walk.record["unused"] == 1  # the first facet that was never needed


def two_layers(i):
    """Two hidden layers, the first units of which are copies, mirrored or not, that cancel; or outputs that cancel."""
    rng = streams.stream(i, "two hidden layers")
    sizes = (2, *rng.integers(3, (12, 30)[i % 2], size=2), 1)
    (W, b), (V, c), (U, d) = (
        (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * 0.3) for p, q in pairwise(sizes)
    )
    if i % 5 == 0:
        W[:, 1], b[1], V[1] = -W[:, 0], -b[0], V[0] * rng.choice([1, -1])
        W[:, 2], b[2], V[2] = W[:, 0], b[0], -V[0]
    if i % 5 == 1:
        V[:], U[:] = rng.integers(-1, 2, V.shape) * (rng.random(V.shape) < 0.3), rng.integers(-1, 2, U.shape)
    if i % 5 == 2:
        V[:, 1], c[1], U[1] = V[:, 0], c[0], -U[0]
    if i % 5 == 3:
        b[:], c[:] = 0, 0
    if i % 5 == 4:
        W[:], b[:], V[:] = np.rint(W), np.rint(4 * b) / 2, np.rint(V)
    activation = [("relu", "relu"), ("leaky_relu", "absolute"), ("absolute", "relu"), ("prelu", "leaky_relu")][i % 4]
    return core.Network.from_layers([(W, b), (V, c), (U, d)], activation)


def test_where_one_side_of_an_edge_decides_it_finds_what_both_sides_do():
    merged = 0
    for net in map(two_layers, range(160)):
        found, parted = regions.count(net, SQUARE), regions.partition(net, SQUARE)
        assert (found.activation, found.linear, found.certain) == (
            len(parted.region), parted.region.max() + 1, parted.certain
        )  # fmt: skip
        merged += found.linear < found.activation
    assert 40 < merged < 160


def test_without_a_snap_two_layers_are_counted_alike_or_the_count_is_not_certain():
    counted = [(regions.count(net, SQUARE, snap=0), net) for net in map(two_layers, range(160))]
    certain = [(found, net) for found, net in counted if found.certain]
    assert 40 < len(certain) < 160
    for found, net in certain:
        assert found == regions.count(net, SQUARE)


@pytest.mark.parametrize(
    ("activation", "weights", "readout", "learnt"),
    [("relu", [-1], [1], []), ("absolute", [-1, 1], [1, -1], []), ("prelu", [-1, 1], [1, 0.25], [0.25])],
)
def test_units_that_are_zero_where_another_is_off_do_not_make_its_edge_a_kink(
    exact_regions, activation, weights, readout, learnt
):
    """Beyond the edge of u = x they are off, or on, and together nothing: relu(-u), |-u| - |u|, prelu(-u) + u / 4."""
    n = len(weights)
    theta = np.concatenate([[1, 0, 0], weights, np.zeros(n), readout, [0], learnt])
    net = core.Network((2, 1, n, 1), theta, ("relu", activation))
    assert exact_regions(net, SQUARE) == (2, 1)
    assert_counts(net, SQUARE, (2, 1))


@pytest.mark.parametrize("replicate", range(8))
def test_units_that_are_nothing_where_another_is_off_are_not_forgotten_at_its_edge(exact_regions, replicate):
    """relu(u) - relu(u + 1) + relu(v): the first is zero, and has no column, in nets of cells where u is off."""
    rng = streams.stream(replicate, "nothing where another is off")
    W, b, V = np.zeros((2, 33)), np.zeros(33), np.zeros((33, 3))  # so wide that the box has no net of its own
    W[:, 1:17], b[1:17] = rng.integers(-4, 5, (2, 16)), rng.integers(-15, 16, 16) / 8
    V[1:17, 2] = rng.integers(-2, 3, 16)
    W[:, 0], b[0], V[0, :2] = [4, 1], 1, 1
    net = core.Network.from_layers([(W, b), (V, [0, 1, 0.25]), ([[1], [-1], [1]], [0])])
    assert_counts(net, SQUARE, exact_regions(net, SQUARE))


@pytest.mark.parametrize("weight", [1.0, 1e6, 1e11])
def test_large_weights_that_cancel_leave_no_kink(weight):
    """relu(w relu(u) + 1) less 1/c of relu(c (w relu(u) + 1)): rounding is all that is left."""
    rng = streams.stream(0, "large weights")
    W, b, V, c = rng.standard_normal((2, 34)), rng.standard_normal(34) * 0.3, np.zeros((34, 2)), 0.7 + 1e-3 / 3
    V[0] = weight, weight * c
    net = core.Network.from_layers([(W, b), (V, [1, c]), ([[1], [-1 / c]], [0])])
    found = regions.count(net, SQUARE)
    assert found.linear == 1 or not found.certain
    assert found.linear == regions.partition(net, SQUARE).region.max() + 1


# --- what a partition is

PARTITIONED = [
    (he((12, 12), 0.3, "tile", n_outputs=2), [[-1, 2], [-3, 1]]),
    (he((9, 9, 9), 0.0, "central"), SQUARE),
    (he((10, 6, 8), 0.5, "mixed", activation=("absolute", "identity", "leaky_relu")), SQUARE),
    (he((10, 10), 0.5, "prelu", activation="prelu"), [[100, 101], [-1, 1]]),
    (constructions.folds(2, 6, 3), [[0, 1], [0, 1]]),
]


def areas(polygons):
    """Signed: positive where the vertices run counter-clockwise."""
    x, y = polygons.vertices.T
    following = np.arange(1, len(x) + 1)
    following[polygons.offsets[1:] - 1] = polygons.offsets[:-1]
    return np.add.reduceat(x * y[following] - x[following] * y, polygons.offsets[:-1]) / 2


@pytest.mark.parametrize(("net", "box"), PARTITIONED)
def test_polygons_are_convex_run_counter_clockwise_and_tile_the_box(net, box):
    polygons = regions.partition(net, box)
    reach = np.abs(box).max()
    sizes = areas(polygons)
    assert (sizes > 0).all()
    # a product of two coordinates per vertex is rounded, and each vertex once
    assert_allclose(sizes.sum(), np.prod(np.diff(box)), rtol=0, atol=8 * len(polygons.vertices) * EPS * reach**2)
    for i in range(len(sizes)):
        points = polygons.polygon(i)
        edges = np.roll(points, -1, axis=0) - points
        turns = edges[:, 0] * np.roll(edges, -1, axis=0)[:, 1] - edges[:, 1] * np.roll(edges, -1, axis=0)[:, 0]
        assert len(points) >= 3
        assert (turns > -1e-13 * reach**2).all()  # a vertex may lie off its line by the snapping


@pytest.mark.parametrize(("net", "box"), PARTITIONED)
def test_on_each_polygon_the_map_and_the_pattern_are_those_of_the_network(net, box):
    polygons = regions.partition(net, box)
    centres = np.array([polygons.polygon(i).mean(axis=0) for i in range(len(polygons.region))])
    Z = net.forward(centres).Z
    values = np.einsum("id,idk->ik", centres, polygons.W) + polygons.b
    # some tens of terms per layer are rounded, each relative to values that reach some hundreds here
    assert_allclose(values, Z[-1], rtol=0, atol=1e-12 * max(1, np.abs(polygons.b).max()))
    names = (net.activation,) * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    on = np.hstack([(z > 1e-12) | (name == "identity") for z, name in zip(Z[:-1], names, strict=True)])
    assert (on != polygons.pattern).mean() < 1e-3  # centres of slivers are too near a line to tell
    assert len(np.unique(polygons.pattern, axis=0)) == len(polygons.pattern)


def test_pieces_are_ordered_and_their_maps_are_the_network():
    net = he((10, 10, 10), 0.5, "pieces", n_inputs=1, n_outputs=2)
    pieces = regions.partition(net, [[-3, 2]])
    assert pieces.breakpoints[[0, -1]].tolist() == [-3, 2]
    assert (np.diff(pieces.breakpoints) > 0).all()
    middles = (pieces.breakpoints[:-1] + pieces.breakpoints[1:])[:, np.newaxis] / 2
    assert_allclose(middles * pieces.W[:, 0] + pieces.b, net(middles), rtol=0, atol=1e-13)
    at = pieces.breakpoints[1:-1, np.newaxis]
    left, right = at * pieces.W[:-1, 0] + pieces.b[:-1], at * pieces.W[1:, 0] + pieces.b[1:]
    assert_allclose(left, right, rtol=0, atol=1e-12)  # continuous
    assert_array_equal(np.unique(np.diff(pieces.region)), [0, 1] if (np.diff(pieces.region) == 0).any() else [1])


def test_a_linear_region_has_one_map_and_neighbours_of_another_map_are_other_regions():
    net = he((4, 4, 3), 0.3, "merged", 3)
    polygons = regions.partition(net, [[-3, 3], [-3, 3]])
    counted = regions.count(net, [[-3, 3], [-3, 3]])
    assert counted.linear < counted.activation == len(polygons.region)
    maps = np.hstack([polygons.W[:, :, 0], polygons.b])
    for region in range(polygons.region.max() + 1):
        own = maps[polygons.region == region]
        assert_allclose(own, np.broadcast_to(own[0], own.shape), rtol=0, atol=1e-13)


# --- refusals


@pytest.mark.parametrize(
    ("net", "box", "message"),
    [
        (he((3, 3), 1, activation=("relu", "tanh")), SQUARE, "hidden layer 2 is tanh, which is not piecewise linear"),
        (he((3,), 1), [0, 1], r"box has shape \(2,\); this network needs \(2, 2\)"),
        (he((3,), 1, n_inputs=1), SQUARE, r"box has shape \(2, 2\); this network needs \(1, 2\)"),
        (he((3,), 1), [[0, 1], [2, 2]], "box goes from 2.0 to 2.0 along input 2; the lower limit must be below"),
        (he((3,), 1), [[0, 1], [0, np.inf]], r"box is \[\[0.0, 1.0\], \[0.0, inf\]\]; its limits must be finite"),
        (he((3,), 1), [[0, 1], [0, np.nan]], "its limits must be finite"),
        (core.Network.from_layers([([[1e200], [1]], [0]), ([[1e200]], [0])]), SQUARE, "weights up to 1e.200 on a box"),
    ],
)
@pytest.mark.parametrize("face", [regions.count, regions.partition])
def test_what_has_no_regions_is_refused(face, net, box, message):
    with pytest.raises(ValueError, match=message):
        face(net, box)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (he((3,), 1, n_inputs=3), "the network has 3 inputs"),
        (core.initialize((2, 3, 1), "he", seeds=range(4)), r"an ensemble of 4 networks; .* net\[0\]"),
    ],
)
def test_cells_are_kept_of_one_network_in_the_plane(net, message):
    with pytest.raises(ValueError, match=message):
        regions.partition(net, [[0, 1]] * net.widths[0])


def test_more_units_than_the_tag_of_an_edge_has_room_for_are_refused(monkeypatch):
    monkeypatch.setattr("core.regions.layers.MOST_UNITS", 5)
    assert regions.count(he((2, 3), 1), SQUARE).activation > 1
    with pytest.raises(ValueError, match="the network has 6 hidden units; in the plane there may be up to 5"):
        regions.count(he((3, 3), 1), SQUARE)


def test_a_snap_below_zero_is_refused():
    with pytest.raises(ValueError, match=r"snap is -1.0; it must be at least 0 and finite"):
        regions.count(he((3,), 1), SQUARE, snap=-1.0)
