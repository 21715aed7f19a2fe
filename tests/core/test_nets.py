"""What a net adds up for a layer, and by how much the read-out's slope jumps, against NumPy: integers, so exactly."""

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_array_equal

from core import streams
from core.kernels.bundles import on_lines, opener, table_of
from core.kernels.plane import kinks, nets
from core.kernels.plane.nets import LANES, WIDTH
from core.kernels.plane.records import END, FRAME, LAYER, LINE, NET, SUM, VERTEX, WALK, Plan, Stacks, Work

opened = opener(Plan, Stacks, Work)
REACH, SLOT = (3.0, 50.0, 1.0), 24  # of the box, and of the constant term; numbers in front of a slot
WIDTHS = [(1, 1, 1), (3, 2, 4), (7, 1, 1), (8, 8, 1), (5, 12, 2), (9, 7, 8), (17, 26, 1)]  # two layers, and outputs


@njit
def add_layer(walks, table):
    plan, stacks, work = opened(table)
    nets.add_layer(plan, walks[0], stacks, work, stacks.nets[0], stacks.frames[0])


@njit
def found_jumps(walks, table):
    _, stacks, work = opened(table)
    kinks.found_jumps(walks[0], stacks, work, stacks.nets[0])


@njit
def jumps_at(walks, table, found):
    _, stacks, work = opened(table)
    for unit in range(len(found)):
        row = kinks.jumps_of(stacks, walks[0], stacks.nets[0], unit)
        found[unit] = kinks.jump_at(walks[0], stacks, work, stacks.nets[0], row)


class Net:
    """A net of two hidden layers and outputs with M of integers, and the cell at hand in one of its layers."""

    def __init__(self, widths, layer, rng, slope=0.0):
        self.ends = np.cumsum(widths)
        n, units = int(self.ends[2]), int(self.ends[1])
        self.padded = -(-n // LANES) * LANES
        self.M = rng.integers(-9, 10, (units, self.padded)).astype(float)
        for end, row in zip(np.repeat([0, *self.ends[:2]], [0, *widths[:2]]), range(units), strict=True):
            self.M[row, :end] = 0  # a unit is nothing to its own layer, nor to those before
        self.first, self.size = [0, *self.ends][layer - 1], widths[layer - 1]
        self.weights, self.jumps = SLOT + 16 * self.padded, SLOT + 16 * self.padded + self.M.size
        columns = np.array([0, 0, *self.ends])
        frames, records, layers = np.zeros(1, FRAME), np.zeros(1, NET), np.zeros(4, LAYER)
        frames["net"], frames["layer"], frames["own"], frames["slot"] = 1, layer, SLOT, SLOT
        records["units"], records["padded"], records["weights"] = units, self.padded, self.weights
        layers["slope"][layer] = slope
        self.walk, self.widest = np.zeros(1, WALK), max(widths) + 2 * LANES
        self.walk["depth"], self.walk["widest"] = 3, self.widest
        self.walk["reach_x"], self.walk["reach_y"] = REACH[:2]
        self.numbers = on_lines(self.jumps + (widths[0] + 1) * (self.padded + LANES) + LANES)
        self.numbers[:] = rng.integers(-9, 10, len(self.numbers))
        blocks = self.M.reshape(units, -1, LANES).swapaxes(0, 1)
        self.numbers[self.weights : self.jumps] = blocks.ravel()
        room, integers = np.zeros(4 * self.widest), np.zeros(n + self.widest, np.int64)
        self.work = Work(
            np.zeros(0, bool), np.zeros(0, LINE), integers, room.copy(), room.copy(), room, integers.copy(),
            np.zeros(n + self.widest), room, room, integers, np.zeros(0, END), integers, np.zeros(0, SUM), integers,
            np.zeros(0, bool), room, np.zeros(LANES), np.zeros(n + 2 * LANES),
        )  # fmt: skip
        self.stacks = Stacks(frames, np.zeros(0, VERTEX), integers, records, self.numbers, columns)
        self.plan = Plan(layers, room, np.zeros(0, bool), room, room)
        self.table = table_of(self.plan, self.stacks, self.work)

    def slot(self):
        """The four components at hand, (4, columns)."""
        start = int(self.stacks.frames["slot"][0])
        return self.numbers[start : start + 4 * self.padded].reshape(4, -1)


@pytest.mark.parametrize("slope", [0.0, 0.5, -1.0])
@pytest.mark.parametrize("layer", [1, 2])
@pytest.mark.parametrize("widths", WIDTHS)
def test_a_layer_adds_the_maps_of_its_listed_units_and_their_sizes_in_a_new_slot(widths, layer, slope):
    for trial in range(10):
        rng = streams.stream(trial, "add layer", *widths)
        net = Net(widths, layer, rng, slope)
        own, listed = slice(net.first, net.first + net.size), np.flatnonzero(rng.random(net.size) < 0.7)
        bounds = net.work.bounds.reshape(4, -1)
        bounds[1, : net.size] = rng.integers(-1, 2, net.size)
        net.work.adding[: len(listed)], net.work.adding[net.size] = net.first + listed, len(listed)
        later = slice(net.ends[layer - 1], net.ends[2])
        before, weights = net.slot().copy(), net.M[own, later][listed]
        maps = before[:3, own] * np.where(bounds[1, : net.size] > 0, slope, 1)
        shares = np.vstack([maps, REACH @ abs(maps)])[:, listed]
        add_layer(net.walk, net.table)
        assert_array_equal(net.numbers[SLOT : SLOT + 4 * net.padded].reshape(4, -1), before)
        assert net.stacks.frames["slot"][0] == SLOT + 4 * net.padded * (len(listed) > 0)
        added = np.vstack([shares[:3] @ weights, shares[3] @ abs(weights)])
        assert_array_equal(net.slot()[:, later], before[:, later] + added)


def test_in_the_first_net_a_layer_adds_nothing_to_the_slot():
    net = Net((3, 2, 1), 1, streams.stream(0, "add layer"))
    net.stacks.frames["net"], net.work.adding[3], numbers = 0, 3, net.numbers.copy()
    add_layer(net.walk, net.table)
    assert_array_equal(net.numbers, numbers)
    assert net.stacks.frames["slot"][0] == SLOT


@pytest.mark.parametrize("widths", WIDTHS)
def test_the_jump_at_a_unit_is_what_it_adds_to_the_readout_by_way_of_the_last_layer(widths):
    for trial in range(10):
        rng = streams.stream(trial, "jumps", *widths)
        net = Net(widths, 2, rng)
        (first, end), p = net.ends[:2], net.padded
        direct, through, outward = net.M[:first, end], net.M[:first, first:end], net.M[first:, end]
        found_jumps(net.walk, net.table)
        rows = net.numbers[net.jumps :][: (first + 1) * (p + LANES)].reshape(first + 1, -1)
        assert_array_equal(rows[:first, first:end], through * outward)
        assert_array_equal(rows[:first, p], direct)
        assert_array_equal(rows[first, first:end], abs(outward))
        vectors = slice(first // LANES * LANES, -(-end // WIDTH) * WIDTH)  # as sums read them
        beside = np.ones(p, bool)
        beside[first:end] = False
        assert not rows[:, vectors][:, beside[vectors]].any()
        factors, found = rng.integers(-1, 2, end - first), np.empty(first)
        net.work.factors[first:end] = factors
        jumps_at(net.walk, net.table, found)
        assert_array_equal(found, direct + through @ (factors * outward))
