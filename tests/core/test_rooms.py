"""Rooms are used again by networks of the same shape, and nothing that was left in one is ever seen."""

from itertools import pairwise

import numpy as np
import pytest

import core
from core import regions, streams
from core.regions import rooms
from core.regions.rooms import Room

SQUARE = [[-1, 1], [-1, 1]]


@pytest.fixture(autouse=True)
def empty():
    """No room is there before a test, nor after it."""
    Room.unused.clear()
    yield
    Room.unused.clear()


def poison(room, number, integer):
    """Fills what a walk may write to; what only a new room sets stays."""
    nets, columns, layers = room.stacks.nets[0].copy(), room.stacks.columns.copy(), room.plan.layers.copy()
    for array in [*room.stacks, *room.work, *room.edges, *room.kept, room.plan.loud, room.plan.layers]:
        for part in [array[name] for name in array.dtype.names or ()] or [array]:
            part[...] = number if part.dtype.kind == "f" else integer
    room.stacks.nets[0], room.stacks.columns[: nets["end"]] = nets, columns[: nets["end"]]
    for shape in ("width", "row", "weights"):
        room.plan.layers[shape] = layers[shape]


def networks(*hidden):
    """Networks of one shape: generic, through the origin, of integers, of other kinds of unit, and without any line."""
    widths = (2, *hidden, 1)
    for i, (bias, kinds) in enumerate([(0.3, "relu"), (0.0, "relu"), (1.0, "absolute"), (0.3, "identity")]):
        rng = streams.stream(0, "rooms", i, *hidden)
        pairs = [
            (rng.standard_normal((p, q)) * np.sqrt(2 / p), rng.standard_normal(q) * bias) for p, q in pairwise(widths)
        ]
        if kinds == "absolute":
            pairs = [(np.rint(4 * W), np.rint(4 * b)) for W, b in pairs]
        yield core.Network.from_layers(pairs, (kinds, *("relu",) * (len(hidden) - 1)))
    yield core.Network.from_layers([(np.zeros((p, q)), np.ones(q)) for p, q in pairwise(widths)])


def found(net, threads):
    """What is known of a network's regions, counted and drawn."""
    box = SQUARE if threads == 1 else [[-0.1, 0.2], [-0.2, 0.1]]
    drawn = regions.partition(net, box, threads=threads)
    counted = [regions.count(net, box, snap=snap, threads=threads) for snap in (1e-13, 1e-2)]
    parts = drawn.vertices, drawn.region, drawn.pattern, drawn.W, drawn.edge_unit, drawn.neighbours
    return counted, [part.tolist() for part in parts]


@pytest.mark.parametrize(("hidden", "threads"), [((12, 12), 1), ((10, 6, 8), 1), ((130, 130), 2)])
def test_what_others_have_left_in_a_room_changes_nothing(hidden, threads):
    nets, alone = list(networks(*hidden)), []
    for net in nets:
        Room.unused.clear()
        alone.append(found(net, threads))
    assert [found(net, threads) for net in nets[::-1]] == alone[::-1]
    n_rooms = len(Room.unused)
    assert [found(net, threads) for net in nets] == alone
    assert len(Room.unused) == n_rooms  # those of the networks before


@pytest.mark.parametrize(("number", "integer"), [(np.nan, -7), (np.inf, 3), (1e300, 0)])
def test_nothing_that_was_left_in_a_room_is_read(number, integer):
    rng = streams.stream(0, "rooms", "halves")
    for widths in [(2, 1, 3, 4, 3), (2, 5, 7, 2), (2, 26, 34, 3)]:  # of which some fill up vectors with other columns
        pairs = [(rng.integers(-2, 3, (p, q)) / 2, rng.integers(-2, 3, q) / 2) for p, q in pairwise(widths)]
        net = core.Network.from_layers(pairs)
        alone = found(net, 1)
        for room in Room.unused:
            poison(room, number, integer)
        assert found(net, 1) == alone


def test_a_room_is_used_again():
    net = next(networks(12, 12))
    regions.count(net, SQUARE)
    (room,) = Room.unused
    regions.count(net, SQUARE)
    assert Room.unused == [room]


def test_rooms_are_kept_as_long_as_all_of_them_are_not_too_large(monkeypatch):
    small, large = next(networks(12, 12)), next(networks(30, 30))
    regions.count(small, SQUARE)
    (room,) = Room.unused
    monkeypatch.setattr(rooms, "UNUSED", room.bytes)
    regions.count(large, SQUARE)
    assert Room.unused == [room]
    regions.count(next(networks(10, 10)), SQUARE)  # its room is smaller, and takes the place of the first
    assert [kept.widths for kept in Room.unused] == [(2, 10, 10, 1)]


def test_a_room_in_which_a_count_was_stopped_is_not_kept():
    net = next(networks(12, 12))
    with pytest.raises(ValueError, match="max_regions"):
        regions.count(net, SQUARE, max_regions=10)
    assert not Room.unused
