"""How many linear regions there can be: theorems, as exact integers.

`widths` are those of a Network, (n_0, …, n_L); the outputs n_L take no part, since they have no kink. All hidden units
are ReLU. A network without hidden layers has one region.
"""

from collections import Counter
from collections.abc import Sequence
from math import comb, prod

from core.checks import integer, widths_of


def zaslavsky(n_inputs: int, n_hyperplanes: int) -> int:
    """The most regions that hyperplanes can cut R^n_inputs into: sum of C(n_hyperplanes, j) for j = 0 … n_inputs.

    Met by hyperplanes in general position; so this is the maximum for one hidden layer of as many units.
    Zaslavsky 1975, Facing up to arrangements. zaslavsky(2, 8) = 1 + 8 + 28 = 37.
    """
    d, n = integer("n_inputs", n_inputs, 1), integer("n_hyperplanes", n_hyperplanes, 0)
    return _pieces(d, n)


def pascanu(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The product of floor(n_l / n_0) over all hidden layers but the last, times zaslavsky(n_0, last hidden width). Every
    hidden layer must have n_0 units at least. Pascanu, Montúfar and Bengio 2014 (arXiv 1312.6098), Theorem 5.
    pascanu((2, 8, 8, 1)) = 4 · 37 = 148.
    """
    n_inputs, hidden = _hidden(widths, at_least_the_inputs=True)
    folds = prod(width // n_inputs for width in hidden[:-1])
    return folds * _pieces(n_inputs, hidden[-1]) if hidden else 1


def montufar(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The product of floor(n_l / n_0)^n_0 over all hidden layers but the last, times zaslavsky(n_0, last hidden width).
    Every hidden layer must have n_0 units at least. Montúfar, Pascanu, Cho and Bengio 2014, Theorem 4; met by
    core.constructions.folds. montufar((2, 8, 8, 1)) = 4² · 37 = 592.
    """
    n_inputs, hidden = _hidden(widths, at_least_the_inputs=True)
    folds = prod((width // n_inputs) ** n_inputs for width in hidden[:-1])
    return folds * _pieces(n_inputs, hidden[-1]) if hidden else 1


def montufar2017(widths: Sequence[int]) -> int:
    """A number of regions that no network of these widths exceeds.

    The product over hidden layers of the sum of C(n_l, j) for j = 0 … min(n_0, …, n_l): a layer cuts each region of the
    layer before as hyperplanes cut a space of the smallest width so far. Montúfar 2017, Notes on the number of linear
    regions of deep neural networks, Proposition 3. montufar2017((2, 8, 8, 1)) = 37² = 1369.
    """
    n_inputs, hidden = _hidden(widths)
    return prod(_pieces(min(n_inputs, *hidden[: l + 1]), width) for l, width in enumerate(hidden))


def serra(widths: Sequence[int]) -> int:
    """A number of regions that no network of these widths exceeds; the tightest here, and exact for one input.

    The sum over (j_1, …, j_(L-1)) of the product of C(n_l, j_l), where 0 <= j_l <= min(n_0, n_1 - j_1, …,
    n_(l-1) - j_(l-1), n_l): a region with n_l - j_l units on maps to a space of no higher dimension. Serra,
    Tjandraatmadja and Ramalingam 2018, Theorem 1. serra((2, 8, 8, 1)) = 1369 (as 8 - 2 > 2, no layer is a bottleneck);
    serra((1, 3, 3, 1)) = 16; serra((2, 3, 3, 1)) = (1 + 3) · 7 + 3 · 4 = 40.
    """
    n_inputs, hidden = _hidden(widths)
    regions = Counter({n_inputs: 1})  # by the dimension that a region's image can have at most
    for width in hidden:
        after: Counter[int] = Counter()
        for dimension, number in regions.items():
            for j in range(min(dimension, width) + 1):
                after[min(dimension, width - j)] += number * comb(width, j)
        regions = after
    return regions.total()


def _pieces(dimension: int, n_hyperplanes: int) -> int:
    return sum(comb(n_hyperplanes, j) for j in range(dimension + 1))


def _hidden(widths: Sequence[int], at_least_the_inputs: bool = False) -> tuple[int, tuple[int, ...]]:
    """n_0 and the hidden widths."""
    n_inputs, *hidden, _ = widths_of(widths)
    if at_least_the_inputs and hidden and min(hidden) < n_inputs:
        raise ValueError(f"widths {tuple(widths)} have a hidden layer of {min(hidden)} units; "
                         f"this bound needs at least the {n_inputs} inputs in each")  # fmt: skip
    return n_inputs, tuple(hidden)
