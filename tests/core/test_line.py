"""Regions of networks of one input: against integers, at every snapping of zeros, and where points coincide."""

import tracemalloc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import core
from benchmarks.networks import CASES
from core import constructions, regions, streams
from core.kernels.line.sweep import sweep_on

SNAPS = [0, 1e-13, 1e-10]
KINKED = ["relu", "leaky_relu", "absolute", ("absolute", "identity", "relu")]


def one_layer(W, b, readout=None, activation="relu"):
    """Hidden units with these weights, read out with weights 1, 2, … if not told otherwise."""
    readout = np.arange(1.0, len(b) + 1) if readout is None else np.array(readout, dtype=float)
    return core.Network.from_layers([([W], b), (readout[:, np.newaxis], [0])], activation)


def dyadic(hidden, activation, *address, bits=12):
    """A network of He's normal weights, rounded to multiples of 2^-bits, that has two outputs."""
    rng = streams.stream(0, "line", *address)
    layers = [
        (np.round(rng.standard_normal((p, q)) * np.sqrt(2 / p) * 2**bits) / 2**bits,
         np.round(rng.standard_normal(q) * 0.1 * 2**bits) / 2**bits)
        for p, q in pairwise((1, *hidden, 2))
    ]  # fmt: skip
    return core.Network.from_layers(layers, activation)


def exact_pieces(net, low, high, bits=12):
    """(breakpoints, numbers of linear regions) in integers: maps of layer l are multiples of 2^(-bits l), and of 1/10.

    A piece is its ends and the maps a, c of the last layer, times the power of two and, after a leaky layer, of ten.
    """
    names = (net.activation,) * (net.depth - 1) if isinstance(net.activation, str) else net.activation
    slopes = {"identity": (1, 1), "relu": (0, 1), "absolute": (-1, 1), "leaky_relu": (1, 10)}
    pieces, unit = [(Fraction(low), Fraction(high), np.array([[1], [0]], dtype=object))], 1
    for (W, b), name in zip(net.layers(), [*names, None], strict=True):
        W, b = ((part * 2**bits).astype(np.int64).astype(object) for part in (W, b))
        after, (slope, whole) = [], slopes.get(name, (1, 1))
        for left, right, maps in pieces:
            Z = maps @ W + np.array([[0], [unit]], dtype=object) * b
            kinks = {Fraction(-c, a) for a, c in Z.T if a != 0} if name not in (None, "identity") else set()
            ends = [left, *sorted(kink for kink in kinks if left < kink < right), right]
            for here, there in pairwise(ends):
                middle = (here + there) / 2
                gains = [whole if a * middle.numerator + c * middle.denominator > 0 else slope for a, c in Z.T]
                after.append((here, there, Z * np.array(gains, dtype=object)))
        pieces, unit = after, unit * 2**bits * whole
    changes = sum((one[2] != other[2]).any() for one, other in pairwise(pieces))
    return [left for left, _, _ in pieces] + [pieces[-1][1]], changes + 1


@pytest.mark.parametrize("activation", KINKED)
@pytest.mark.parametrize("hidden", [(48, 48, 48), (24,) * 5])
def test_breakpoints_of_large_random_networks_are_those_of_integers(hidden, activation):
    names = (activation + ("relu",) * 9)[: len(hidden)] if isinstance(activation, tuple) else activation
    net = dyadic(hidden, names, *hidden, str(activation))
    expected, linear = exact_pieces(net, -1, 1)
    pieces = regions.partition(net, [[-1, 1]])
    assert len(expected) > 50
    assert_allclose(pieces.breakpoints, np.array(expected, dtype=float), rtol=0, atol=1e-13)
    for snap in SNAPS:
        assert regions.count(net, [[-1, 1]], snap=snap) == regions.RegionCount(len(expected) - 1, linear)


@pytest.mark.parametrize("case", [case for case in CASES if case.hidden[0] < 1024], ids=lambda case: case.name)
def test_counts_of_the_benchmarks_do_not_hang_on_the_snapping_of_zeros(case):
    net, box = core.Network.from_layers(case.pairs()), [[-1, 1]] * case.n_inputs
    counts = [regions.count(net, box, snap=snap) for snap in SNAPS]
    assert counts == [counts[0]] * 3
    assert counts[0].certain


# --- where points coincide, and where there is none

FOLD = ([[2.0, 4.0]], [0, -2.0])  # a tent, from 0 over 1 at x = 1/2 back to 0
DEGENERATE = {
    "duplicated": (one_layer([1, 1, -1], [-0.3, -0.3, 0.3]), (2, 2)),
    "one after the other": (one_layer([1, 1], [-0.25, -0.75]), (3, 3)),
    "dead and always on": (one_layer([1, 1], [-2, 2]), (1, 1)),
    "identically zero": (one_layer([0, 1], [0, -0.5]), (2, 2)),
    "constant": (one_layer([0, 1], [0.5, -0.5]), (2, 2)),
    "on the box's ends": (one_layer([1, -1, 1], [0, 1, -1]), (1, 1)),
    "a sliver": (one_layer([1, 1], [-0.3, -0.3 - 1e-9]), (3, 3)),
    "cancelling": (one_layer([1, 2], [-0.25, -0.5], readout=[2, -1]), (2, 1)),
    "not read": (one_layer([1, 1], [-0.25, -0.75], readout=[1, 0]), (3, 2)),
    "without a hidden layer": (core.Network.from_layers([([[2]], [1])]), (1, 1)),
    "identity": (one_layer([1, 2], [-0.25, -0.5], activation="identity"), (1, 1)),
    "on at the fold": (core.Network.from_layers([FOLD, ([[1.0], [-1.0]], [-0.5]), ([[1]], [0])]), (4, 4)),
    "off at the fold": (core.Network.from_layers([FOLD, ([[-1.0], [1.0]], [0.5]), ([[1]], [0])]), (4, 3)),
    "zero where the layer before is": (core.Network.from_layers([([[4]], [-1]), ([[3]], [0]), ([[1]], [0])]), (2, 2)),
    "tents": (constructions.sawtooth(20), (2**20, 2**20)),
    "folds": (constructions.folds(1, 4, 5), (4**4 * 5, 4**4 * 5)),
}


@pytest.mark.parametrize("snap", SNAPS)
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_networks_have_their_regions_at_every_snap_and_surely(name, snap):
    net, expected = DEGENERATE[name]
    assert regions.count(net, [[0, 1]], snap=snap) == regions.RegionCount(*expected, certain=True)


def test_points_that_nearly_coincide_are_not_certain():
    near = one_layer([1, 3], [-1 / 3, -1])  # 3 fl(1/3) is 1, and fl(1/3) is not 1/3
    assert regions.count(near, [[0, 1]]) == regions.RegionCount(2, 2, certain=False)
    apart = one_layer([1, 1], [-0.3, -0.3 - 3e-13])
    assert regions.count(apart, [[0, 1]]) == regions.RegionCount(3, 3, certain=False)
    at_the_end = one_layer([0.7], [-0.7 - 1e-15])
    assert regions.count(at_the_end, [[0, 1]]) == regions.RegionCount(1, 1, certain=False)


def test_a_unit_of_the_second_layer_that_nearly_meets_a_point_of_the_first_is_not_certain():
    layers = [([[0.7, 0.9]], [-0.21, 0.1]), ([[0.0], [1.1]], [-1.1 * (0.9 * 0.3 + 0.1)]), ([[1.0]], [0])]
    assert not regions.count(core.Network.from_layers(layers), [[0, 1]]).certain


def test_maps_of_neighbours_that_nearly_agree_are_not_certain():
    almost = one_layer([1, 1], [-0.25, -0.25], readout=[1, -1 + 1e-11])
    assert not regions.count(almost, [[0, 1]]).certain
    apart = one_layer([1, 1], [-0.25, -0.25], readout=[1, -1 + 1e-8])
    assert regions.count(apart, [[0, 1]]) == regions.RegionCount(2, 2, certain=True)


# --- what is asked for


def test_batches_follow_one_another_without_a_gap():
    pieces = regions.partition(constructions.sawtooth(13), [[0, 1]])  # four whole batches
    assert_array_equal(pieces.breakpoints, np.arange(2**13 + 1) / 2**13)
    assert_array_equal(pieces.region, np.arange(2**13))
    assert_array_equal(pieces.W[:, 0, 0], np.where(np.arange(2**13) % 2 == 0, 2.0**13, -(2.0**13)))


@pytest.mark.parametrize("activation", KINKED)
def test_on_each_piece_the_pattern_and_the_map_are_those_of_the_network(activation):
    net = dyadic((30, 20, 30), activation, "patterns", str(activation))
    pieces = regions.partition(net, [[-1, 1]])
    middles = (pieces.breakpoints[:-1] + pieces.breakpoints[1:])[:, np.newaxis] / 2
    names = (activation,) * 3 if isinstance(activation, str) else activation
    Z = net.forward(middles).Z
    expected = np.hstack([Z_l > 0 if name != "identity" else Z_l == Z_l for Z_l, name in zip(Z, names, strict=False)])
    assert_array_equal(pieces.pattern, expected)
    assert_allclose(middles * pieces.W[:, 0] + pieces.b, Z[-1], rtol=0, atol=1e-13)


def test_memory_of_a_count_does_not_grow_with_the_count():
    net, peaks = constructions.sawtooth(18), []
    for end, pieces in ((2**-6, 2**12), (2**-6, 2**12), (1, 2**18)):  # the first compiles
        tracemalloc.start()
        assert regions.count(net, [[0, end]]).activation == pieces
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.05 * peaks[1]


def test_progress_is_told_and_may_end_a_count_as_a_limit_does():
    told, net = [], constructions.sawtooth(14)
    regions.count(net, [[0, 1]], progress=told.append)
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == 2**14
    with pytest.raises(ValueError, match=r"max_regions is 5000; the walk was stopped at \d+ activation regions"):
        regions.count(net, [[0, 1]], max_regions=5000)

    def interrupt(found):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regions.partition(net, [[0, 1]], progress=interrupt)


def test_every_network_shares_one_compiled_sweep():
    for hidden, activation in [((3,), "relu"), ((70, 2), "absolute"), ((), "relu")]:
        net = dyadic(hidden, activation, "shared")
        assert len(regions.partition(net, [[-1, 1]]).pattern) == regions.count(net, [[-1, 1]]).activation
    assert len(sweep_on.signatures) == 1
