"""Addressed random streams."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from core.streams import replicate_seeds, stream


def draw(seed, *address):
    return stream(seed, *address).integers(2**63, size=8)


def test_the_same_seed_and_address_give_the_same_numbers():
    assert_array_equal(draw(3, "initialize", 1), draw(3, "initialize", 1))


def test_the_bits_behind_an_address_never_change():
    # random_raw is what NumPy keeps stable over its versions; another scheme of addresses would move every figure
    raw = stream(0, "initialize", 1).bit_generator.random_raw(2)
    assert raw.tolist() == [0x7B9700412A7682C9, 0xB629EBFE3AFD49BF]


def test_no_two_addresses_share_their_numbers():
    addresses = [
        (0,), (1,), (0, 0), (0, 1), (0, 0, 0), (0, -1), (0, "a"), (0, "a", "b"), (0, "b", "a"), (0, "ab"), (0, "1"),
        (0, "a, b"), (0, "a', 'b"), (1, "a"), (2**70,), (0, 2**70), (0, ""), (0, "", ""), (0, "initialize", 1),
    ]  # fmt: skip
    assert len({tuple(draw(*address)) for address in addresses}) == len(addresses)


def test_a_new_use_never_shifts_the_numbers_of_another():
    alone = draw(0, "initialize", 2)
    stream(0, "initialize", 1).standard_normal(1000)
    stream(0, "something new").standard_normal(1000)
    assert_array_equal(draw(0, "initialize", 2), alone)


def test_streams_of_neighbouring_addresses_are_uncorrelated():
    draws = np.array([stream(0, "replicate", r).standard_normal(500) for r in range(50)])
    pairs = np.corrcoef(draws)[np.triu_indices(50, 1)]
    assert np.abs(pairs).max() * np.sqrt(500) < 5  # standard normal if independent: 1 in 1400 for the largest of 1225


def test_numbers_of_numpy_address_the_same_stream_as_those_of_python():
    assert_array_equal(draw(np.int64(3), np.str_("batches"), np.int32(2)), draw(3, "batches", 2))


@pytest.mark.parametrize("seed", [1.0, "1", True, None, np.float64(2)])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match=r"seed is .*; it must be an integer"):
        stream(seed)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed is -1; it must be at least 0"):
        stream(-1)


@pytest.mark.parametrize("part", [0.5, np.float64(1), True, None, (1, 2)])
def test_an_address_of_anything_but_strings_and_integers_is_refused(part):
    with pytest.raises(TypeError, match=r"address has .*; its parts must be strings or integers"):
        stream(0, "initialize", part)


def test_replicates_have_seeds_of_their_own_that_stay_when_more_are_added():
    assert replicate_seeds(0, 3) == replicate_seeds(0, 5)[:3]
    assert len({*replicate_seeds(0, 100), *replicate_seeds(1, 100)}) == 200
