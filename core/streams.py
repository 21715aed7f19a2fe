"""Addressed random numbers: every use has a generator of its own, so adding a case never shifts another's draws."""

import hashlib

import numpy as np

from core.checks import is_integer


def stream(seed: int, *address: str | int) -> np.random.Generator:
    """The generator of one use, e.g. stream(seed, "initialize", l): same seed and address, same numbers.

    Streams of different seeds or addresses are independent (NumPy's SeedSequence, with the address as spawn key).
    Raises ValueError where the seed is negative, TypeError where it or a part of the address has another type.
    """
    if not is_integer(seed):
        raise TypeError(f"seed is {seed!r}; it must be an integer")
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be at least 0")
    parts = [_plain(part) for part in address]
    key = np.frombuffer(hashlib.sha256(repr(parts).encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key.tolist()))


def _plain(part: str | int) -> str | int:
    """The same address whether its parts are Python's or NumPy's."""
    if isinstance(part, str):
        return str(part)
    if is_integer(part):
        return int(part)
    raise TypeError(f"address has {part!r}; its parts must be strings or integers")


def replicate_seeds(seed: int, n: int) -> list[int]:
    """Seeds of n replicates: another base seed gives other ones, and one more replicate leaves the rest as they are."""
    return [int(stream(seed, "replicate", r).integers(2**63)) for r in range(n)]
