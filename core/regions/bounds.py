"""How many linear regions there can be, and how many to expect: theorems, as exact integers and fractions.

`widths` are those of a Network, (n_0, …, n_L); the outputs n_L take no part, since they have no kink. All hidden units
are ReLU. A network without hidden layers has one region. For the largest number of regions of given widths,

    pascanu <= montufar <= serra_lower <= largest <= serra <= montufar2017 <= raghu

where the lower ones apply: they, and arora, are numbers of regions of networks that can be written down.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import comb, factorial, prod

from core.checks import integer, widths_of


def zaslavsky(n_inputs: int, n_hyperplanes: int) -> int:
    """The most regions that hyperplanes can cut R^n_inputs into: sum of C(n_hyperplanes, j) for j = 0 … n_inputs.

    Met by hyperplanes in general position; so this is the maximum for one hidden layer of as many units.
    Zaslavsky 1975, Facing up to arrangements. zaslavsky(2, 8) = 1 + 8 + 28 = 37.
    """
    d, n = integer("n_inputs", n_inputs, 1), integer("n_hyperplanes", n_hyperplanes, 0)
    return _pieces(d, n)


def central(n_inputs: int, n_hyperplanes: int) -> int:
    """The most regions that hyperplanes through the origin can cut R^n_inputs into: 2 zaslavsky(n_inputs - 1, n - 1).

    Met in general position; so this is the maximum for one hidden layer without biases, and, as every later unit is
    then zero on cones, what zero biases cost. Schläfli 1852; Cover 1965. central(2, 8) = 16; central(3, 4) = 14.
    """
    d, n = integer("n_inputs", n_inputs, 1), integer("n_hyperplanes", n_hyperplanes, 0)
    return 2 * _pieces(d - 1, n - 1) if n else 1


def pascanu(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The product of floor(n_l / n_0) over all hidden layers but the last, times zaslavsky(n_0, last hidden width). Every
    hidden layer must have n_0 units at least. Pascanu, Montúfar and Bengio 2014 (arXiv 1312.6098), Theorem 5.
    pascanu((2, 8, 8, 1)) = 4 · 37 = 148.
    """
    n_inputs, hidden = _hidden(widths, units_per_input=1)
    folds = prod(width // n_inputs for width in hidden[:-1])
    return folds * _pieces(n_inputs, hidden[-1]) if hidden else 1


def montufar(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The product of floor(n_l / n_0)^n_0 over all hidden layers but the last, times zaslavsky(n_0, last hidden width).
    Every hidden layer must have n_0 units at least. Montúfar, Pascanu, Cho and Bengio 2014, Theorem 4; met by
    core.constructions.folds. montufar((2, 8, 8, 1)) = 4² · 37 = 592.
    """
    n_inputs, hidden = _hidden(widths, units_per_input=1)
    folds = prod((width // n_inputs) ** n_inputs for width in hidden[:-1])
    return folds * _pieces(n_inputs, hidden[-1]) if hidden else 1


def serra_lower(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The product of (floor(n_l / n_0) + 1)^n_0 over all hidden layers but the last, times zaslavsky(n_0, last hidden
    width): some units of a fold look the other way, which gains a piece. Every hidden layer must have 3 n_0 units at
    least. Serra, Tjandraatmadja and Ramalingam 2018; equal to serra for one input.
    serra_lower((1, 3, 3, 1)) = 4 · 4 = 16; serra_lower((2, 8, 8, 1)) = 5² · 37 = 925.
    """
    n_inputs, hidden = _hidden(widths, units_per_input=3)
    folds = prod((width // n_inputs + 1) ** n_inputs for width in hidden[:-1])
    return folds * _pieces(n_inputs, hidden[-1]) if hidden else 1


def arora(widths: Sequence[int]) -> int:
    """A number of regions that some network of these widths has: a lower bound on the maximum.

    The first hidden layer makes a sum of |b_i x| over floor(n_1 / 2) vectors b_i, which is linear on as many cones as
    a central arrangement has and is the support function of a zonotope; every further layer of n_l units folds its
    values n_l times. So it is central(n_0, floor(n_1 / 2)) times the product of the further hidden widths, met by a
    family with smooth parameters. Needs two units in the first hidden layer. Arora, Basu, Mianjy and Mukherjee 2018.
    arora((2, 8, 8, 1)) = 8 · 8 = 64.
    """
    n_inputs, hidden = _hidden(widths)
    if hidden and hidden[0] < 2:
        raise ValueError(f"widths {tuple(widths)} have a first hidden layer of {hidden[0]} unit; "
                         "this bound needs at least 2")  # fmt: skip
    return central(n_inputs, hidden[0] // 2) * prod(hidden[1:]) if hidden else 1


def raghu(widths: Sequence[int]) -> int:
    """A number of regions that no network of these widths exceeds.

    The product over hidden layers of zaslavsky(n_0, n_l): the image of a region has n_0 dimensions at most. Raghu,
    Poole, Kleinberg, Ganguli and Sohl-Dickstein 2017, before it is simplified to O(n^(n_0 (L - 1))).
    raghu((2, 8, 8, 1)) = 37² = 1369; raghu((3, 2, 5, 1)) = 4 · 26 = 104.
    """
    n_inputs, hidden = _hidden(widths)
    return prod(_pieces(n_inputs, width) for width in hidden)


def montufar2017(widths: Sequence[int]) -> int:
    """A number of regions that no network of these widths exceeds.

    The product over hidden layers of the sum of C(n_l, j) for j = 0 … min(n_0, …, n_l): a layer cuts each region of the
    layer before as hyperplanes cut a space of the smallest width so far. Montúfar 2017, Notes on the number of linear
    regions of deep neural networks, Proposition 3. montufar2017((2, 8, 8, 1)) = 37² = 1369.
    """
    n_inputs, hidden = _hidden(widths)
    return prod(_pieces(min(n_inputs, *hidden[: l + 1]), width) for l, width in enumerate(hidden))


def serra(widths: Sequence[int]) -> int:
    """A number of regions that no network of these widths exceeds; the tightest here, and exact for
    one input and hidden layers of three units or more.

    The sum over (j_1, …, j_(L-1)) of the product of C(n_l, j_l), where 0 <= j_l <= min(n_0, n_1 - j_1, …,
    n_(l-1) - j_(l-1), n_l): a region with n_l - j_l units on maps to a space of no higher dimension. Serra,
    Tjandraatmadja and Ramalingam 2018. serra((2, 8, 8, 1)) = 1369 (as 8 - 2 > 2, no layer is a bottleneck);
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


def hanin_rolnick(widths: Sequence[int], constant: int | Fraction = 1) -> Fraction:
    """How many activation regions per unit volume to expect of random weights and biases: (T N)^n_0 / n_0!, exactly.

    N is the number of hidden units, T the constant; 2^N where N <= n_0. It does not know how the units are stacked: on
    average depth gains nothing. As a bound it holds on cubes that are not too small with T = 32 C_grad C_bias, where
    C_grad bounds the moments of the units' gradients and C_bias the density of the biases; with T = 1, the default, it
    is the order of magnitude that is met in practice, and no theorem. Hanin and Rolnick 2019, Deep ReLU networks have
    surprisingly few activation patterns (arXiv 1906.00904). hanin_rolnick((2, 8, 8, 1)) = 16² / 2 = 128.
    """
    n_inputs, hidden = _hidden(widths)
    units, T = sum(hidden), Fraction(constant)
    if not T > 0:
        raise ValueError(f"constant is {constant}; it must be above 0")
    return Fraction(2**units) if units <= n_inputs else (T * units) ** n_inputs / factorial(n_inputs)


def _pieces(dimension: int, n_hyperplanes: int) -> int:
    return sum(comb(n_hyperplanes, j) for j in range(dimension + 1))


def _hidden(widths: Sequence[int], units_per_input: int = 0) -> tuple[int, tuple[int, ...]]:
    """n_0 and the hidden widths, each of which must be large enough."""
    n_inputs, *hidden, _ = widths_of(widths)
    if hidden and min(hidden) < units_per_input * n_inputs:
        times = f"{units_per_input} times " if units_per_input > 1 else ""
        raise ValueError(f"widths {tuple(widths)} have a hidden layer of {min(hidden)} units; "
                         f"this bound needs at least {times}the {n_inputs} inputs in each")  # fmt: skip
    return n_inputs, tuple(hidden)
