"""What is asked of a partition or of a long count: patterns, maps, neighbours, threads, limits, certainty."""

import tracemalloc
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from core import constructions, regions, streams
from core.regions.layers import layers_of
from core.regions.rooms import Asked
from core.regions.walks import Walk

SQUARE = [[-1, 1], [-1, 1]]


def he(hidden, bias, *address, n_inputs=2, n_outputs=1, activation="relu"):
    """A network with He's normal weights and normal biases of this standard deviation."""
    rng = streams.stream(0, "partition", *address)
    layers = [
        (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * bias)
        for p, q in pairwise((n_inputs, *hidden, n_outputs))
    ]
    return core.Network.from_layers(layers, activation)


WIDE = he((160, 96), 0.1, "wide", n_outputs=2)  # wide enough to be shared out among threads
SMALL = he((6, 5, 4), 0.3, "small", n_outputs=2)


@pytest.fixture(scope="module", name="wide")
def _wide():
    return regions.partition(WIDE, SQUARE)


def test_the_map_of_a_cell_is_the_network_to_rounding(wide):
    rng = streams.stream(0, "inside")
    shares = rng.dirichlet(np.ones(3), len(wide.region))
    starts = wide.offsets[:-1]
    points = np.einsum("nc,ncd->nd", shares, np.stack([wide.vertices[starts + k] for k in range(3)], axis=1))
    values = np.einsum("nd,ndk->nk", points, wide.W) + wide.b
    assert len(points) > 10_000
    # 160 + 96 + 2 terms of up to some tens are rounded at 1e-16; a point may lie as far beyond an edge
    assert_allclose(values, WIDE(points), rtol=0, atol=1e-12)


@pytest.mark.parametrize("i", [0, 1, 777, 5000, -1])
def test_a_cell_alone_is_the_cell_among_all(wide, i):
    cell = wide.cell(i)
    assert_array_equal(cell.vertices, wide.polygon(range(len(wide.region))[i]))
    assert_array_equal(cell.pattern, wide.pattern[i])
    assert_array_equal(cell.W, wide.W[i])
    assert_array_equal(cell.b, wide.b[i])


def test_a_polygon_takes_at_most_a_hundred_bytes(wide):
    held = wide.vertices.nbytes + wide.offsets.nbytes + wide.region.nbytes
    assert held <= 100 * len(wide.region)


def test_areas_fill_the_square(wide):
    assert (wide.area > 0).all()
    assert_allclose(wide.area.sum(), 4, rtol=1e-12)


def test_along_its_edge_a_unit_is_zero():
    polygons = regions.partition(SMALL, SQUARE)
    middles = (polygons.vertices + polygons.vertices[following(polygons)]) / 2
    Z = np.hstack(SMALL.forward(middles).Z[:-1])
    inner = polygons.edge_unit >= 0
    assert_allclose(Z[inner, polygons.edge_unit[inner]], 0, atol=1e-13)
    assert_array_equal(inner, (np.abs(middles) < 1).all(axis=1))


def following(polygons):
    """The place of the vertex that comes after each."""
    after = np.arange(1, len(polygons.vertices) + 1)
    after[polygons.offsets[1:] - 1] = polygons.offsets[:-1]
    return after


def test_neighbours_share_an_edge_and_differ_in_the_units_of_it():
    polygons = regions.partition(SMALL, SQUARE)
    edges = [np.stack([polygons.polygon(i), np.roll(polygons.polygon(i), -1, axis=0)], axis=1)
             for i in range(len(polygons.region))]  # fmt: skip
    expected = [(i, j) for i, j in combinations(range(len(edges)), 2)
                if any(overlap(one, other) for one in edges[i] for other in edges[j])]  # fmt: skip
    assert_array_equal(polygons.neighbours, expected)
    i, j = polygons.neighbours.T
    assert ((polygons.pattern[i] != polygons.pattern[j]).sum(axis=1) == 1).all()  # generic lines never coincide


def test_neighbours_are_found_across_the_cuts_that_part_the_work():
    polygons = regions.partition(he((256,), 0.1, "parted"), [[0, 0.2], [0, 0.2]])  # in tasks, by the first dozen units
    on = polygons.pattern.astype(int)
    differ = on.sum(axis=1)[:, None] + on.sum(axis=1) - 2 * on @ on.T
    assert_array_equal(polygons.neighbours, np.argwhere(np.triu(differ == 1)))  # of lines: across one of them
    assert len(np.unique(on[:, :12], axis=0)) > 5


def overlap(one, other):
    """Whether two edges lie on one line and share more than a point."""
    along = one[1] - one[0]
    length = np.hypot(*along)
    normal = np.array([-along[1], along[0]]) / length
    away = np.abs((other - one[0]) @ normal).max()
    places = np.sort((other - one[0]) @ along / length)
    return away < 1e-12 and min(places[1], length) - max(places[0], 0) > 1e-10


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(wide, threads):
    shared = regions.partition(WIDE, SQUARE, threads=threads)
    assert_array_equal(shared.vertices, wide.vertices)
    assert_array_equal(shared.offsets, wide.offsets)
    assert_array_equal(shared.region, wide.region)
    assert regions.count(WIDE, SQUARE, threads=threads) == regions.count(WIDE, SQUARE)


def test_threads_find_the_regions_that_merge_across_their_tasks():
    dead = he((140, 130), 0.0, "dead")  # without biases the second layer is off in some sectors
    layers = [*dead.layers()[:1], (dead.layers()[1][0], np.full(130, -1.0)), dead.layers()[2]]
    net = core.Network.from_layers(layers)
    alone, shared = regions.count(net, SQUARE), regions.count(net, SQUARE, threads=2)
    assert alone == shared
    assert alone.linear < alone.activation


def test_memory_of_a_count_does_not_grow_with_the_count():
    regions.count(SMALL, SQUARE)
    peaks = []
    for bias in (3.0, 0.1):
        net = he((72, 72, 72), bias, "memory")
        tracemalloc.start()
        counted = regions.count(net, SQUARE)
        peaks.append((counted.activation, tracemalloc.get_traced_memory()[1]))
        tracemalloc.stop()
    (few, little), (many, much) = peaks
    assert many > 10 * few
    assert much < 1.2 * little


@pytest.mark.parametrize("face", [regions.count, regions.partition])
@pytest.mark.parametrize("threads", [1, 2])
def test_more_regions_than_allowed_are_an_error_that_tells_how_far_it_got(face, threads):
    with pytest.raises(ValueError, match=r"max_regions is 100; the walk was stopped at \d+ activation regions"):
        face(WIDE, SQUARE, max_regions=100, threads=threads)
    assert regions.count(SMALL, SQUARE, max_regions=100_000) == regions.count(SMALL, SQUARE)


def test_progress_is_told_and_ends_at_the_count():
    told = []
    counted = regions.count(WIDE, SQUARE, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == counted.activation


@pytest.mark.parametrize("threads", [1, 2])
def test_what_interrupts_the_progress_stops_the_count(threads):
    def interrupt(found):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regions.count(WIDE, SQUARE, progress=interrupt, threads=threads)


# --- certainty


@pytest.mark.parametrize(
    "net",
    [
        he((40, 40), 0.1, "generic"),
        he((30, 30), 0.0, "no biases"),
        core.initialize((2, 8, 8, 1), "zeros", seeds=0),
        constructions.sawtooth(12),
        constructions.folds(2, 8, 3),
        core.Network.from_layers([([[1, 1, -1], [2, 2, -2]], [0.1, 0.1, -0.1]), ([[1], [2], [3]], [0])]),
        core.Network.from_layers([([[1, 0, 1], [0, 1, 1]], [0, 0, 0]), ([[1], [2], [3]], [0])]),
        core.Network.from_layers([([[1, 0, 1], [0, 1, 1]], [-0.5, -0.25, -0.75]), ([[1], [2], [3]], [0])]),
    ],
    ids=["generic", "no biases", "zeros", "sawtooth", "folds", "duplicated", "through the origin", "through a point"],
)
def test_zeros_that_have_a_reason_are_certain(net):
    box = SQUARE if net.widths[0] == 2 else [[0, 1]]
    assert regions.count(net, box).certain
    assert regions.partition(net, box).certain


@pytest.mark.parametrize("offset", [0.0, 1e-15, 3e-13])
def test_three_lines_that_nearly_meet_are_not_certain(offset):
    W, point = np.array([[0.3, 1.1, 0.7], [0.9, -0.2, 0.4]]), np.array([0.1, 0.3])
    net = core.Network.from_layers([(W, -point @ W + [0, 0, offset]), (np.ones((3, 1)), [0])])
    assert not regions.count(net, SQUARE).certain
    assert not regions.partition(net, SQUARE).certain


def test_a_sliver_of_a_billionth_is_certain():
    net = core.Network.from_layers([([[1, 1], [0.3, 0.3]], [0.2, 0.2 + 1e-9]), ([[1], [2]], [0])])
    assert regions.count(net, SQUARE) == regions.RegionCount(3, 3, certain=True)


def test_a_unit_whose_inputs_cancel_up_to_rounding_is_not_certain():
    w = np.array([0.1, 0.7, 1.3])
    layers = [(np.tile([[0.3], [0.9]], 3) * w, w), ([[1], [1], [-8 / 13]], [0]), ([[1]], [0])]
    net = core.Network.from_layers(layers, activation=("identity", "relu"))
    assert not regions.count(net, SQUARE).certain


@pytest.mark.parametrize(("slope", "certain"), [(1e-6, True), (1e-9, False)])
def test_where_last_units_cross_at_too_small_an_angle_is_not_certain(slope, certain):
    last = [[0, -slope], [1, 1]], [-2, -2 + 2 * slope]  # two lines through the origin, behind a layer that is on
    net = core.Network.from_layers([(np.eye(2), [2, 2]), last, ([[1], [2]], [0])])
    assert regions.count(net, SQUARE) == regions.RegionCount(4, 4, certain=certain)
    assert regions.partition(net, SQUARE).certain == certain


@pytest.mark.parametrize("activation", ["relu", "absolute", "leaky_relu"])
@pytest.mark.parametrize("snap", [1e-13, 1e-3, 1e-2])
def test_as_many_cells_are_counted_as_are_kept_however_much_snaps(snap, activation):
    for hidden in ((16, 16), (10, 10, 10), (30, 20)):
        net = he(hidden, 0.2, "snapped", *hidden, activation=activation)
        counted, kept = regions.count(net, SQUARE, snap=snap), regions.partition(net, SQUARE, snap=snap)
        assert (counted.activation, counted.linear) == (len(kept.region), kept.region.max() + 1)


def test_as_many_linear_regions_are_counted_as_are_kept_where_neighbours_have_one_map():
    merged = 0
    for trial in range(600):
        rng = streams.stream(trial, "one map")
        p, q = rng.integers(2, 6), rng.integers(4, 9)
        first = rng.standard_normal((2, p)), 0.2 * rng.standard_normal(p)
        second = rng.standard_normal((p, q)) * (rng.random((p, q)) < 0.5), 0.3 * rng.standard_normal(q)
        net = core.Network.from_layers([first, second, (rng.standard_normal((q, 1)), [0])])
        counted, kept = regions.count(net, SQUARE), regions.partition(net, SQUARE)
        assert (counted.activation, counted.linear) == (len(kept.region), kept.region.max() + 1)
        merged += counted.linear < counted.activation
    assert merged > 300


@pytest.mark.parametrize("place", [0, 1])
def test_behind_a_layer_of_zeros_maps_are_as_exact_as_before(place):
    layers = [([[1, 2], [3, 1]], [1, 1]), ([[1, 2], [-1, 1]], [0, 0]), ([[1], [1]], [0])]
    layers.insert(place, ([[0, 0], [0, 0]], [0, 0]))
    assert regions.count(core.Network.from_layers(layers), SQUARE).certain


@pytest.mark.parametrize(("snap", "on"), [(1e-13, True), (1e-2, False)])
def test_what_snaps_to_zero_is_off_though_it_is_far_above_it_on_the_whole_box(snap, on):
    nearly = [[1, 1, 0.3], [0, 0, 0.9]], [2, 2.001, 0.1]  # the second unit less the first is 0.001 everywhere
    less = [[-1, 0.2, 0.7], [1, 0.5, -0.3], [0, -0.4, 1]], [0, -0.3, 0.1]
    found = regions.partition(core.Network.from_layers([nearly, less, ([[1], [1], [1]], [0])]), SQUARE, snap=snap)
    assert (found.pattern[:, 3] == on).all()


def test_room_that_is_made_on_the_way_changes_nothing():
    layers = layers_of(he((24, 24), 0.3, "room"), SQUARE, 1e-13)
    found = []
    for cramped in (False, True):
        asked = Asked(points=True, tags=True, neighbours=True)
        walk = Walk(layers, None, np.zeros(0, dtype=np.int64), asked)
        if cramped:  # one frame, two polygons, one list, one net; no symbols; and four facets
            room, net = walk.room, walk.room.stacks.nets[0]
            lengths = {"frames": 1, "polygons": 32, "units": 64, "nets": 1}
            lengths |= {"numbers": 4 * net["padded"], "columns": net["end"]}
            room.stacks = room.stacks._replace(**{name: getattr(room.stacks, name)[:n] for name, n in lengths.items()})
            shares = room.work.shares[: 4 * int(walk.record["widest"][0])]
            room.work = room.work._replace(forms=room.work.forms[:32], shares=shares)
            walk.record["spare"], walk.record["unused"] = 4, 1020
            room.edges = room.edges._replace(facets=room.edges.facets[:1024], pairs=room.edges.pairs[:1024])
            room.tabulate()
            walk.tabulate()
        walk.begin(0, 1)
        while walk.go_on():
            pass
        walk.finish([])
        kept = walk.parts["points"], walk.parts["tags"], walk.pairs_met
        found.append([np.concatenate(pieces) for pieces in kept])
    assert len(found[0][2]) > 500
    for one, other in zip(*found, strict=True):
        assert_array_equal(one, other)
