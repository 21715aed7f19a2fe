"""Regions in three and more dimensions, against rational arithmetic, the engine of the plane and closed forms."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import core
from core import regions, streams
from core.kernels.space import cells as kernels
from core.regions.space import _most_vertices, census
from core.regions.terms import Terms

KINKED = ("identity", "relu", "leaky_relu", "absolute", "prelu", "relu", "relu")


def he(d, hidden, bias, *address, n_outputs=1, activation="relu"):
    """A network with He's normal weights and normal biases of this standard deviation."""
    rng = streams.stream(0, "space", *address)
    layers = [
        (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * bias)
        for p, q in pairwise((d, *hidden, n_outputs))
    ]
    return core.Network.from_layers(layers, activation)


def one_layer(W, b, readout=None):
    """Hidden units with these weights, read out with weights 1, 2, … if not told otherwise."""
    readout = np.arange(1.0, len(b) + 1) if readout is None else np.array(readout, dtype=float)
    return core.Network.from_layers([(np.array(W, dtype=float), b), (readout[:, np.newaxis], [0])])


@st.composite
def dyadic_networks_and_boxes(draw, d):
    """Few multiples of 1/2 as weights, often no biases: hyperplanes coincide, meet in a point, run along the box."""
    hidden = draw(st.lists(st.integers(1, 6 - d // 2), min_size=1, max_size=3))
    widths = (d, *hidden, draw(st.integers(1, 2)))
    names = tuple(draw(st.sampled_from(KINKED)) for _ in hidden)
    largest, central = draw(st.sampled_from([1, 2, 4])), draw(st.booleans())
    halves = st.integers(-largest, largest)
    layers = [
        (
            draw(hnp.arrays(np.int8, (p, q), elements=halves, fill=st.nothing())) / 2,
            draw(hnp.arrays(np.int8, q, elements=st.just(0) if central else halves, fill=st.nothing())) / 2,
        )
        for p, q in pairwise(widths)
    ]
    net = core.Network.from_layers(layers, names)
    slopes = draw(st.lists(st.sampled_from([0, 0.25, 1, -0.5, 2]), min_size=(k := names.count("prelu")), max_size=k))
    theta = np.concatenate([net.theta[: net.n_parameters - k], slopes])
    lows = draw(st.lists(st.integers(-4, 1), min_size=d, max_size=d))
    return core.Network(widths, theta, names), [[low, low + draw(st.integers(1, 6))] for low in lows]


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_regions_and_maps_are_those_of_rational_arithmetic(exact_census, d):
    @settings(max_examples=80, deadline=None, derandomize=True)
    @given(dyadic_networks_and_boxes(d))
    def compare(case):
        assert census(*case, snap=1e-13, every=True, terms=Terms())[:3] == exact_census(*case)

    compare()


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", ("absolute", "identity", "relu")])
@pytest.mark.parametrize(("d", "hidden"), [(3, (5, 4, 4)), (4, (4, 3, 4)), (5, (3, 3, 3))])
def test_random_networks_have_the_regions_of_rational_arithmetic(exact_census, d, hidden, activation):
    net, box = he(d, hidden, 0.5, "random", d, n_outputs=2, activation=activation), [[-1, 1]] * d
    assert census(net, box, snap=1e-13, every=True, terms=Terms()) == (*exact_census(net, box), True)


@pytest.mark.parametrize("bias", [0, 0.1])
@pytest.mark.parametrize("hidden", [(24, 24), (12, 12, 12, 12), (40,)])
def test_in_the_plane_it_agrees_with_the_engine_of_the_plane(hidden, bias):
    net, box = he(2, hidden, bias, "plane"), [[-1, 1], [-1, 1]]
    found, expected = census(net, box, snap=1e-13, every=False, terms=Terms()), regions.count(net, box)
    assert (found.activation, found.linear) == (expected.activation, expected.linear)


# --- known counts


@pytest.mark.parametrize(("d", "width"), [(3, 1), (3, 2), (3, 9), (4, 8), (5, 8), (6, 8), (7, 9)])
def test_one_random_layer_meets_zaslavsky_on_a_box_that_holds_every_crossing(d, width):
    counted = regions.count(he(d, (width,), 0.1, "zaslavsky", d, width), [[-1e4, 1e4]] * d)
    assert counted.activation == counted.linear == regions.bounds.zaslavsky(d, width)


@pytest.mark.parametrize(("d", "n"), [(3, 4), (3, 8), (4, 6), (5, 7)])
def test_hyperplanes_through_one_point_cut_as_a_central_arrangement(d, n):
    net = he(d, (n,), 0, "central", d, n)
    expected = 2 * regions.bounds.zaslavsky(d - 1, n - 1)  # Schläfli: the arrangement on the sphere, twice
    assert regions.count(net, [[-1, 1]] * d).activation == expected
    (W, b), readout = net.layers()
    point = streams.stream(0, "space", "point").uniform(-0.5, 0.5, d)
    moved = core.Network.from_layers([(W, b - point @ W), readout])
    assert regions.count(moved, [[-1, 1]] * d).activation == expected


def test_planes_around_a_ball_leave_a_cell_with_more_facets_than_a_word_has_bits():
    normals = streams.stream(0, "space", "ball").standard_normal((3, 90))
    normals /= np.linalg.norm(normals, axis=0)
    net = one_layer(normals, np.full(90, -0.9))
    found = census(net, [[-1, 1]] * 3, snap=1e-13, every=False, terms=Terms())
    inner = census(
        one_layer(normals, np.full(90, -0.9), np.zeros(90)), [[-1, 1]] * 3, snap=1e-13, every=False, terms=Terms()
    )
    assert found.activation == found.linear == inner.activation > 1000
    assert inner.linear == 1


@pytest.mark.parametrize("d", [3, 4, 5])
def test_tents_along_every_axis_cut_the_cube_into_a_grid(d):
    k = 2
    folds = core.constructions.sawtooth(k).layers()[:-1]
    layers = [(np.kron(np.eye(d), W), np.tile(b, d)) for W, b in folds]
    net = core.Network.from_layers([*layers, (np.arange(1.0, 2 * d + 1)[:, np.newaxis], [0])])
    assert regions.count(net, [[0, 1]] * d).activation == 2 ** (k * d)


@pytest.mark.parametrize("activation", ["relu", "absolute"])
@pytest.mark.parametrize(("d", "hidden"), [(3, (16, 16)), (4, (8, 8, 8)), (6, (8, 6))])
def test_counts_do_not_hang_on_the_snapping_of_zeros(d, hidden, activation):
    net = he(d, hidden, 0.1, "snap", d, activation=activation)
    counts = [regions.count(net, [[-1, 1]] * d, snap=snap) for snap in (0, 1e-13, 1e-10)]
    assert counts[0].activation > 200
    assert counts == [counts[0]] * 3


# --- degenerate


def test_duplicated_dead_and_identically_zero_units_add_nothing():
    W = streams.stream(0, "space", "dull").standard_normal((3, 5))
    b = np.linspace(-0.3, 0.4, 5)
    once = regions.count(one_layer(W, b), [[-1, 1]] * 3)
    more = np.hstack([W, W, -W, np.zeros((3, 1)), np.full((3, 1), 0.1)])
    assert regions.count(one_layer(more, np.concatenate([b, b, -b, [0, 1]])), [[-1, 1]] * 3) == once
    tripled = regions.count(one_layer(np.hstack([W, 3 * W]), np.concatenate([b, 3 * b])), [[-1, 1]] * 3)
    assert tripled == replace(once, certain=False)  # three times a number is rounded


def test_hyperplanes_along_facets_and_through_corners_of_the_box_cut_nothing():
    assert regions.count(one_layer(np.eye(3), [1, -1, 1]), [[-1, 1]] * 3).activation == 1
    assert regions.count(one_layer(np.ones((3, 1)), [3]), [[-1, 1]] * 3).activation == 1  # touches (-1, -1, -1)
    assert regions.count(one_layer([[1], [1], [0]], [2]), [[-1, 1]] * 3).activation == 1  # touches an edge
    assert regions.count(one_layer([[1], [-1], [0]], [0]), [[-1, 1]] * 3).activation == 2  # holds two opposite edges


def test_regions_that_meet_in_an_edge_alone_are_two():
    """|x| - |y| against zero, then relu: off in two opposite wedges that touch along the third axis."""
    layers = [([[1, 0], [0, 1], [0, 0]], [0, 0]), ([[1], [-1]], [0]), ([[1]], [0])]
    counted = regions.count(core.Network.from_layers(layers, ("absolute", "relu")), [[-1, 1]] * 3, maps=True)
    assert (counted.activation, counted.linear, counted.maps) == (8, 6, 5)


@pytest.mark.parametrize("width", [1e-9, 1e-11])
def test_a_sliver_is_a_region(width):
    net = one_layer([[1, 1], [0.3, 0.3], [-0.5, -0.5]], [0.1, 0.1 + width])
    assert regions.count(net, [[-1, 1]] * 3) == regions.RegionCount(3, 3)


def test_what_rounding_may_have_decided_is_not_certain():
    (W, b), readout = he(3, (7,), 0, "certain").layers()
    assert regions.count(core.Network.from_layers([(W, b), readout]), [[-1, 1]] * 3).certain  # they meet at the origin
    moved = core.Network.from_layers([(W, -np.array([0.3, 0.1, -0.2]) @ W), readout])
    assert not regions.count(moved, [[-1, 1]] * 3).certain  # in one point, or around it
    assert not regions.count(one_layer([[1], [1], [-2 + 2e-12]], [0]), [[-1, 1]] * 3).certain  # through (1, 1, 1)?
    repeated = core.Network.from_layers([(np.hstack([W, W, -3 * W]), np.ones(21)), (np.ones((21, 1)), [0])])
    assert regions.count(repeated, [[-1, 1]] * 3).certain


@pytest.mark.parametrize("width", [1e-16, 1e-14, 1e-13, 3e-13, 1e-12])
def test_a_sliver_that_may_be_rounding_is_not_certain(width):
    thin = one_layer([[1, 1], [0.3, 0.3], [-0.5, -0.5]], [0.1, 0.1 + width])
    assert not regions.count(thin, [[-1, 1]] * 3).certain


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("shift", [0, 1e-16, 2e-13])
def test_planes_meet_in_the_origin_for_certain_only_if_none_has_a_constant_term(shift, copies):
    """Three axes, the first moved, perhaps twice there, and their sum: 14 cells, or 15 where they miss the origin."""
    W = np.hstack([*[np.eye(3)] * copies, np.ones((3, 1))])
    b = np.array([*[-shift, 0, 0] * copies, 0])
    counted = regions.count(one_layer(W, b), [[-0.7, 1]] * 3)
    assert (counted.activation, counted.certain) == (14, shift == 0)


@pytest.mark.parametrize(("bases", "certain"), [((8, 8), True), ((8, 10), False), ((10, 10), False)])
def test_zeros_to_the_last_bit_are_certain_only_where_nothing_was_rounded(exact_census, bases, certain):
    """Three planes along the axes meet in a point, the fourth goes through it, or beside it once it is rounded.

    Coordinates of the point, and of the fourth plane's normal, are multiples of 1 / base.
    """
    rng, box = streams.stream(0, "space", "last bit"), [[-4, 4]] * 3
    for _ in range(20):
        point, normal = (np.round(rng.uniform(-2, 2, 3) * base) / base for base in bases)
        net = one_layer(np.column_stack([np.eye(3), normal]), -np.append(point, point @ normal))
        found = census(net, box, snap=1e-13, every=True, terms=Terms())
        assert found.certain == certain
        assert found[:3] == exact_census(net, box) or not certain


@pytest.mark.parametrize("bias", [0, 0.5])
def test_without_a_snap_what_rounding_decides_is_not_certain(exact_census, bias):
    for r in range(20):
        net, box = he(3, (4, 3), bias, "no snap", r), [[-1, 1]] * 3
        found = census(net, box, snap=0, every=True, terms=Terms())
        assert found[:3] == exact_census(net, box) or not found.certain


@pytest.mark.parametrize("activation", ["relu", "absolute"])
def test_copies_of_a_unit_are_zero_along_it_for_certain_without_a_snap_too(activation):
    net, box = he(3, (5, 4, 4), 0.4, "copies", activation=activation), [[-1, 1]] * 3
    single = regions.count(net, box, snap=0)
    (W, b), (V, c), *rest = net.layers()
    copies = [(np.hstack([W, W, -W]), np.hstack([b, b, -b])), (np.vstack([V / 2, V / 2, 0 * V]), c), *rest]
    copied = regions.count(core.Network.from_layers(copies, activation), box, snap=0)
    assert single.certain
    assert copied == single


@pytest.mark.parametrize(("d", "most"), [(2, lambda n: n), (3, lambda n: 2 * n - 4), (4, lambda n: n * (n - 3) // 2)])
def test_the_corners_that_there_can_be_are_those_of_the_dual_of_a_cyclic_polytope(d, most):
    assert [_most_vertices(n, d) for n in range(2 * d, 30)] == [most(n) for n in range(2 * d, 30)]


def test_a_cell_with_more_corners_than_a_polytope_can_have_is_refused():
    net = he(3, (3, 4, 4, 5), 0, "corners", 2)  # units of later layers are multiples of one another, up to rounding
    with pytest.raises(ValueError, match="snap=0 is below rounding here: a cell has more corners than there can be"):
        regions.count(net, [[-1, 1]] * 3, snap=0)
    assert regions.count(net, [[-1, 1]] * 3).activation < 100


def test_planes_through_the_origin_meet_there_for_certain_though_the_vertex_is_rounded():
    net, box = he(3, (7,), 0, "certain"), [[-1, 1.3], [-0.7, 1], [-1.1, 0.9]]
    assert regions.count(net, box) == regions.RegionCount(*[2 * regions.bounds.zaslavsky(2, 6)] * 2)


@pytest.mark.parametrize(("gap", "certain"), [(0, True), (2e-12, False), (2e-11, True)])
def test_a_hyperplane_that_all_but_touches_a_corner_is_not_certain(gap, certain):
    assert regions.count(one_layer(np.ones((3, 1)), [3 + gap]), [[-1, 1]] * 3) == regions.RegionCount(
        1, 1, certain=certain
    )


@pytest.mark.parametrize(
    ("rest", "linear", "certain"), [(0, 1, True), (5e-12, 1, False), (6e-11, 2, False), (1e-8, 2, True)]
)
@pytest.mark.parametrize("d", [2, 3, 4])
def test_maps_that_all_but_agree_on_two_sides_of_a_facet_are_not_certain(d, rest, linear, certain):
    w = streams.stream(0, "space", "rest").standard_normal((d, 1))
    net = one_layer(np.hstack([w, w]), [0.1, 0.1], [1, rest - 1])  # one takes back all but a rest of the other
    for maps in (False, True):
        found = regions.count(net, [[-1, 1]] * d, maps=maps)
        assert (found.activation, found.linear, found.certain) == (2, linear, certain)


def test_what_rounding_leaves_of_a_unit_that_cancels_goes_no_further():
    tripled, cancelled = (np.full((3, 2), 0.1) * [1, 3], [0.7, 2.1]), ([[3], [-1]], [0])
    net = core.Network.from_layers([tripled, cancelled, ([[1]], [0]), ([[1]], [0])], "leaky_relu")
    assert abs(net(streams.stream(0, "space", "cancels").uniform(-1, 1, (100, 3)))).max() > 0
    assert regions.count(net, [[-1, 1]] * 3) == regions.RegionCount(1, 1, certain=False)


def test_more_cells_than_are_kept_at_once_are_all_kept():
    counted = regions.count(he(3, (30,), 0.1, "kept"), [[-1e4, 1e4]] * 3, maps=True)
    assert counted.activation == counted.linear == counted.maps == regions.bounds.zaslavsky(3, 30) > 4096


# --- how it is asked for


def test_a_flat_of_three_dimensions_through_many_inputs():
    points = streams.stream(0, "space", "points").standard_normal((4, 20))
    flat, net = regions.Slice.through(points), he(20, (7, 6), 0.5, "slice")
    assert regions.count(net, flat.box, slice=flat) == regions.count(flat.of(net), flat.box)


def test_maps_that_regions_apart_share_are_one():
    tent = core.constructions.sawtooth(4)
    assert regions.count(tent, [[0, 1]], maps=True) == regions.RegionCount(16, 16, 16)
    step = core.Network.from_layers([([[1, 1]], [-0.2, -0.4]), ([[1], [-1]], [0])])  # 0, up, level above 0
    tooth = core.Network.from_layers([([[1, 1, 1]], [-0.2, -0.4, -0.6]), ([[1], [-2], [1]], [0])])  # 0, up, down, 0
    assert regions.count(step, [[0, 1]], maps=True) == regions.RegionCount(3, 3, 3)
    assert regions.count(tooth, [[0, 1]], maps=True) == regions.RegionCount(4, 4, 3)


def test_an_ensemble_is_counted_network_by_network():
    nets, box = core.initialize((3, 8, 8, 1), "he", seeds=range(5)), [[-1, 1]] * 3
    met = []
    assert regions.count(nets, box, progress=met.append) == [regions.count(nets[r], box) for r in range(5)]
    assert met[-1] == sum(counted.activation for counted in regions.count(nets, box))


def test_snapshots_of_training_are_counted_one_by_one():
    rng = streams.stream(0, "space", "training")
    X, net = rng.uniform(-1, 1, (64, 3)), core.initialize((3, 8, 8, 1), "he", seeds=1)
    fit = core.train(
        net, X, X[:, 0] * X[:, 1], cost="mse", optimizer="adam", learning_rate=1e-2, epochs=40, snapshots=(0, 20, 40)
    )
    box = [[-1, 1]] * 3
    during = regions.count(replace(fit.network, theta=fit.snapshots), box)
    assert (during[0], during[2]) == (regions.count(net, box), regions.count(fit.network, box))
    assert during[0] != during[2]


def test_every_network_shares_one_compiled_walk():
    for d, hidden, outputs in [(2, (3,), 1), (3, (70, 2), 2), (4, (), 1)]:
        regions.count(he(d, hidden, 0.5, "shared", d, n_outputs=outputs), [[-1, 1]] * d, maps=True)
    assert len(kernels.walk.signatures) == 1


def test_progress_never_falls_and_ends_at_the_count():
    met = []
    counted = regions.count(he(3, (20, 20), 0.3, "progress"), [[-1, 1]] * 3, progress=met.append)
    assert len(met) > 3
    assert met == sorted(met)
    assert met[-1] == counted.activation


def test_what_progress_raises_ends_the_count():
    def stop(found):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regions.count(he(3, (20, 20), 0.3, "progress"), [[-1, 1]] * 3, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        regions.count(core.initialize((3, 8, 8, 1), "he", seeds=range(5)), [[-1, 1]] * 3, progress=stop)


@pytest.mark.parametrize("d", [2, 3])
def test_more_regions_than_allowed_are_refused(d):
    net, box = he(d, (20, 20), 0.3, "many"), [[-1, 1]] * d
    n = regions.count(net, box).activation
    assert regions.count(net, box, max_regions=n).activation == n
    with pytest.raises(ValueError, match=f"max_regions is {n - 1}; the walk was stopped at"):
        regions.count(net, box, max_regions=n - 1)
    with pytest.raises(ValueError, match="max_regions is 0; it must be an integer at least 1"):
        regions.count(net, box, max_regions=0)


def test_too_many_inputs_are_refused():
    with pytest.raises(ValueError, match=r"the network has 17 inputs; regions are counted for up to 16: .*Slice"):
        regions.count(he(17, (3,), 0.1, "many"), [[-1, 1]] * 17)
