"""Which tiles touch, by their corners; which class a tile is of, by the network itself."""

from collections import defaultdict

import numpy as np
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_array_equal

import core
from core.streams import stream
from experiments import mosaic, style

BOX = [[-1, 1], [-1, 1]]


def network(widths, activation="relu"):
    net = core.initialize(widths, "he", seeds=1, activation=activation, output="sigmoid")
    layers = [(W, stream(0, "biases", l).standard_normal(b.size) / 4) for l, (W, b) in enumerate(net.layers())]
    return core.Network.from_layers(layers, activation, "sigmoid")


def polygons(arrays, name):
    return np.split(arrays[f"{name}_vertices"], arrays[f"{name}_offsets"][1:-1])


def neighbours(tiles):
    """Pairs of tiles with a whole edge in common."""
    owners = defaultdict(list)
    for i, corners in enumerate(tiles):
        for a, b in zip(corners.round(9), np.roll(corners, -1, axis=0).round(9), strict=True):
            owners[frozenset([tuple(a + 0.0), tuple(b + 0.0)])].append(i)
    return [pair for pair in owners.values() if len(pair) == 2]


def test_neighbours_differ():
    """In one hidden layer every line goes across the whole square, so every inner edge belongs to two tiles."""
    arrays = mosaic.by_class("before", network((2, 9, 1)), BOX)
    pairs = neighbours(polygons(arrays, "before"))
    odd, shade = arrays["before_odd"], arrays["before_shade"]
    assert len(pairs) > 20
    assert all(odd[i] != odd[j] or shade[i] != shade[j] for i, j in pairs)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_neighbours_differ_in_folded_mosaics_too(layers):
    arrays = mosaic.by_last_layer("folded", core.constructions.folds(2, 4, layers), [[0, 1], [0, 1]])
    pairs = neighbours(polygons(arrays, "folded"))
    odd = arrays["folded_odd"]
    assert len(pairs) > 10
    assert all(odd[i] != odd[j] for i, j in pairs)


@pytest.mark.parametrize("activation", ["relu", ("absolute", "relu")])
def test_a_tile_is_of_one_class_up_to_its_corners(activation):
    net = network((2, 8, 8, 1), activation)
    arrays = mosaic.by_class("after", net, BOX)
    assert set(arrays["after_shade"]) == {0, 1}
    for corners, shade in zip(polygons(arrays, "after"), arrays["after_shade"], strict=True):
        inside = 0.999 * corners + 0.001 * corners.mean(axis=0)
        assert_array_equal(net(inside)[:, 0] > 0.5, shade == 1)


def test_a_tile_of_a_softmax_network_is_of_one_class_up_to_its_corners():
    *hidden, (W, b) = network((2, 8, 8, 5)).layers()
    corners = core.Network.from_layers([*hidden, (W, b)])(np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]))
    net = core.Network.from_layers([*hidden, (W, b - corners.mean(axis=0))], output="softmax")  # no class is everywhere
    arrays = mosaic.by_class("after", net, BOX)
    assert len(np.unique(arrays["after_shade"])) > 2
    for corners, shade in zip(polygons(arrays, "after"), arrays["after_shade"], strict=True):
        inside = 0.999 * corners + 0.001 * corners.mean(axis=0)
        assert_array_equal(net(inside).argmax(axis=1), round(4 * shade))


def test_odd_and_even_do_not_hang_on_where_classes_end():
    net = network((2, 8, 5))
    arrays = mosaic.by_class("after", net, BOX)
    for corners, odd in zip(polygons(arrays, "after"), arrays["after_odd"], strict=True):
        on = net.forward(corners.mean(axis=0, keepdims=True)).Z[0] > 0
        assert on.sum() % 2 == odd


def test_tiles_cover_the_square():
    """The area of a polygon by the shoelace formula."""
    area = 0.0
    for corners in polygons(mosaic.by_class("all", network((2, 8, 8, 1)), BOX), "all"):
        x, y = corners.T
        area += (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2
    assert area == pytest.approx(4, rel=1e-12)


def test_a_network_of_one_input_has_no_mosaic():
    with pytest.raises(ValueError, match="the network has 1 input; a mosaic needs 2"):
        mosaic.by_last_layer("line", network((1, 4, 1)), [[0, 1]])


def test_copies_have_the_shades_of_the_original():
    """folds(2, 4, 2) maps each quarter of the square onto the whole: mirrored or not, it shows the same shades."""
    arrays = mosaic.by_last_layer("two", core.constructions.folds(2, 4, 2), [[0, 1], [0, 1]])
    once = mosaic.by_last_layer("one", core.constructions.folds(2, 4, 1), [[0, 1], [0, 1]])
    middles = np.array([corners.mean(axis=0) for corners in polygons(arrays, "two")])
    quarter = (2 * middles).astype(int) @ [1, 2]
    for q in range(4):
        assert_array_equal(np.sort(arrays["two_shade"][quarter == q]), np.sort(once["one_shade"]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_odd_tiles_are_paler_than_even_ones_of_the_same_class(theme):
    arrays = mosaic.by_class("after", network((2, 8, 8, 1)), BOX)
    with style.use(theme):
        _, ax = style.canvas()
        mosaic.draw(ax, arrays, "after", style.classes())
        (tiles,) = ax.collections
        drawn = np.array([to_hex(colour) for colour in tiles.get_facecolors()])
        full = {style.colour("class0"), style.colour("class1")}
    odd = arrays["after_odd"]
    assert set(drawn[~odd]) == full
    assert len(set(drawn[odd])) == 2
    assert not set(drawn[odd]) & full
