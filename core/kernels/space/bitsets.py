"""Sets of small integers as the bits of 64-bit words: which facets a vertex lies on."""

import numpy as np

from core.kernels.jit import lean

NOTHING, ONE = np.uint64(0), np.uint64(1)
ALL, PLACE = ~NOTHING, np.uint64(63)
PAIRS, QUADS, BYTES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
SUM = np.uint64(0x0101010101010101)
BY_1, BY_2, BY_4, BY_56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@lean
def members(word):
    """How many bits of a word are set. LLVM knows the pattern: it becomes one instruction."""
    pairs = word - ((word >> BY_1) & PAIRS)
    quads = (pairs & QUADS) + ((pairs >> BY_2) & QUADS)
    return np.int64((((quads + (quads >> BY_4)) & BYTES) * SUM) >> BY_56)


@lean
def first(word):
    """The place of the lowest bit that is set; 64 if there is none."""
    return members(~word & (word - ONE))


@lean
def holds(sets, slot):
    """Whether the slot's bit is set, in word slot // 64."""
    return (sets[slot >> 6] >> (np.uint64(slot) & PLACE)) & ONE != NOTHING


@lean
def include(sets, slot):
    """Sets the slot's bit."""
    sets[slot >> 6] |= ONE << (np.uint64(slot) & PLACE)


@lean
def exclude(sets, slot):
    """Clears the slot's bit."""
    sets[slot >> 6] &= ~(ONE << (np.uint64(slot) & PLACE))


@lean
def free_slot(sets):
    """A slot whose bit is not set; -1 if there is none."""
    for w in range(sets.size):
        if sets[w] != ALL:
            return 64 * w + first(~sets[w])
    return -1


@lean
def size(sets):
    """How many bits are set in all words."""
    n = 0
    for w in range(sets.size):
        n += members(sets[w])
    return n


@lean
def intersect(target, other):
    """target <- target and other."""
    for w in range(target.size):
        target[w] &= other[w]


@lean
def hold_common(sets, one, other):
    """Whether `sets` has all that `one` and `other` share."""
    for w in range(sets.size):
        common = one[w] & other[w]
        if sets[w] & common != common:
            return False
    return True
