"""A named tuple of arrays behind one pointer, against the arrays themselves."""

from typing import Annotated, NamedTuple

import numpy as np
import pytest
from numba import njit

from core.kernels.bundles import on_lines, opener, table_of

POINT = np.dtype([("number", "i8"), ("x", "f8")])


class Room(NamedTuple):
    sums: Annotated[np.ndarray, np.float64]
    points: Annotated[np.ndarray, POINT]
    flags: Annotated[np.ndarray, np.bool_, 2]
    maps: Annotated[np.ndarray, np.float64, 3]


class Lists(NamedTuple):
    units: Annotated[np.ndarray, np.int64]


opened = opener(Room, Lists)


@njit
def work_on(table):
    room, lists = opened(table)
    for i in range(len(lists.units)):
        unit = lists.units[i]
        room.sums[unit] += i
        point = room.points[unit]
        point.number = i
        point.x = room.maps[1, i, 2]
        room.flags[i, 1] = True
    return room.maps.shape, len(room.sums)


def a_room():
    maps = np.arange(24.0).reshape(2, 3, 4)
    return Room(np.ones(5), np.zeros(5, POINT), np.zeros((3, 2), bool), maps), Lists(np.array([4, 0, 2]))


def test_kernels_read_and_write_the_arrays_of_a_bundle_in_place():
    room, lists = a_room()
    assert work_on(table_of(room, lists)) == ((2, 3, 4), 5)
    np.testing.assert_array_equal(room.sums, [2, 1, 3, 1, 1])
    assert room.points[[4, 0, 2]].tolist() == [(0, 14.0), (1, 18.0), (2, 22.0)]
    np.testing.assert_array_equal(room.flags, [[False, True]] * 3)


def test_the_same_kernel_takes_arrays_of_other_lengths():
    room, _ = a_room()
    longer = room._replace(sums=np.zeros(9), points=np.zeros(9, POINT), flags=np.zeros((7, 2), bool))
    assert work_on(table_of(longer, Lists(np.array([8, 8])))) == ((2, 3, 4), 9)
    assert longer.sums[8] == 1
    assert len(work_on.signatures) == 1


@pytest.mark.parametrize("kind", [np.float64, POINT, np.uint8])
@pytest.mark.parametrize("n", [1, 7, 1000])
def test_what_vectors_read_begins_at_a_line_of_the_cache(n, kind):
    array = on_lines(n, kind)
    assert (array.ctypes.data % 64, len(array), array.dtype) == (0, n, np.dtype(kind))
    assert array.flags.writeable
