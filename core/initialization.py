"""Initial parameters, each drawn from an addressed stream. Biases are 0. Slides: Parameter initialization."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from core import checks
from core.activations import PRELU_START
from core.network import Network, n_slopes
from core.streams import stream

SMALL = 0.01  # slide: What to do instead?


def identical(rng: np.random.Generator, p: int, q: int) -> np.ndarray:
    """Every weight of the layer has one value, drawn as `he` would draw it (slide: initialized to the same values)."""
    return np.full((p, q), rng.standard_normal() * np.sqrt(2 / p))


def zeros(rng: np.random.Generator, p: int, q: int) -> np.ndarray:
    """Every weight is 0."""
    return np.zeros((p, q))


def small_random(rng: np.random.Generator, p: int, q: int) -> np.ndarray:
    """Standard normal times 0.01 (slide: What to do instead?)."""
    return rng.standard_normal((p, q)) * SMALL


def glorot(rng: np.random.Generator, p: int, q: int) -> np.ndarray:
    """Normal with variance 2 / (n_{l-1} + n_l) (Glorot and Bengio 2010)."""
    return rng.standard_normal((p, q)) * np.sqrt(2 / (p + q))


def he(rng: np.random.Generator, p: int, q: int) -> np.ndarray:
    """Normal with variance 2 / n_{l-1} (He et al. 2015)."""
    return rng.standard_normal((p, q)) * np.sqrt(2 / p)


SCHEMES: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    scheme.__name__: scheme for scheme in (identical, zeros, small_random, glorot, he)
}


def initialize(
    widths: Sequence[int],
    scheme: str,
    seeds: int | Iterable[int] = 0,
    activation: str | tuple[str, ...] = "relu",
    output: str = "identity",
) -> Network:
    """A network for one seed, theta (P,); an ensemble for several, theta (R, P), in the order of the seeds.

    scheme: identical, zeros, small_random, glorot or he. Layer l of seed s is drawn from stream(s, "initialize", l): it
    depends on nothing but its own shape. Raises ValueError on an unknown scheme.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme is {scheme!r}; it must be one of {', '.join(SCHEMES)}")
    widths = checks.widths_of(widths)
    slopes = np.full(n_slopes(widths, activation), PRELU_START)

    def theta(seed: int) -> np.ndarray:
        parts = []
        for l, (p, q) in enumerate(pairwise(widths), start=1):
            parts += [SCHEMES[scheme](stream(seed, "initialize", l), p, q).ravel(), np.zeros(q)]
        return np.concatenate([*parts, slopes])

    if isinstance(seeds, (int, np.integer)):
        return Network(widths, theta(int(seeds)), activation, output)
    thetas = [theta(seed) for seed in seeds]
    if not thetas:
        raise ValueError("seeds is empty; at least one seed is needed")
    return Network(widths, np.stack(thetas), activation, output)
