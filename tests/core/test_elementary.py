"""The elementary functions of the kernels, against arithmetic with 400 digits, in both precisions."""

from decimal import Decimal, localcontext
from functools import cache

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_array_equal

from core import streams
from core.kernels import elementary
from core.kernels.lanes import loop, traced

ULPS = 4  # promised in core/kernels/elementary.py
DIGITS = 400  # ln(1 + e^-700) needs 304 digits before the first that is not 0

EXACT = {
    "exp": lambda x: x.exp(),
    "exp_negative": lambda x: x.exp(),
    "expm1_negative": lambda x: x.exp() - 1,
    "log": lambda x: x.ln(),
    "log1p": lambda x: (1 + x).ln(),
    "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).ln(),
}
ENDS = {np.float64: 708.0, np.float32: 87.0}  # e^x is a normal number
PRECISIONS = tuple(ENDS)


@cache
def compiled(name):
    """The function of a flat array whose size is whole vectors."""

    def loop_over(x, result, size):
        with loop(0, size, x.lanes) as i:
            result[i] = getattr(elementary, name)(x[i])

    kernel = traced(loop_over)

    @njit
    def call(x, result):
        kernel(x, result, x.size)

    return call


def function(name, x):
    """The function of every entry of x, in the precision of x."""
    padded = np.resize(x, -(-x.size // 16) * 16)
    result = np.empty_like(padded)
    compiled(name)(padded, result)
    return result[: x.size]


def points(name, precision):
    """Where a polynomial after a range reduction may fail: everywhere, near 0, at the seams, at the ends."""
    rng = streams.stream(0, "points")
    end = ENDS[precision]
    low, high = {"log": (1e-30, 1e30), "log1p": (0, 1)}.get(name, (-end, 0 if "negative" in name else end))
    seams = np.log(2) * (np.arange(-12, 13) / 2)  # |r| is largest at odd multiples of ln(2) / 2
    if name == "log":
        seams = np.exp2(np.arange(-12, 13) / 2)
    seams = seams.astype(precision)
    scattered = np.concatenate([
        rng.uniform(low, high, 100),
        rng.uniform(-2, 2, 100),
        rng.choice([-1, 1], 100) * 10 ** rng.uniform(-30, 1, 100),
        np.nextafter(seams, precision(-np.inf)), seams, np.nextafter(seams, precision(np.inf)),
        [low, 0.0, 1e-310, np.sqrt(2) - 1, np.nextafter(np.sqrt(2) - 1, 1), 0.5, 1, high],
    ]).astype(precision)  # fmt: skip
    tiny = np.array([5e-324 if precision is np.float64 else 1e-45, -5e-324 if precision is np.float64 else -1e-45])
    scattered = np.append(scattered, tiny.astype(precision))
    return scattered[(scattered >= low) & (scattered <= high)]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EXACT)
def test_an_elementary_function_is_exact_to_four_units_in_the_last_place(name, precision):
    x = points(name, precision)
    with localcontext(prec=DIGITS):
        for argument, value in zip(x, function(name, x), strict=True):
            exact = EXACT[name](Decimal(float(argument)))
            error = abs(Decimal(float(value)) - exact)
            assert error <= ULPS * Decimal(float(np.spacing(precision(abs(float(exact)))))), argument


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("exp", 0, np.inf),
        ("exp_negative", 0, None),
        ("expm1_negative", -1, None),
        ("tanh", -1, 1),
        ("sigmoid", 0, 1),
        ("softplus", 0, np.inf),
    ],
)
def test_far_out_an_elementary_function_is_its_limit(name, below, above, precision):
    far = np.array([750, 1e4, 1e30, np.inf], precision)
    assert_array_equal(function(name, -far), np.full(4, below))
    if above is not None:
        assert_array_equal(function(name, far), far if name == "softplus" else np.full(4, above))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EXACT)
def test_nan_stays_nan(name, precision):
    assert np.isnan(function(name, np.full(16, np.nan, precision))).all()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_tanh_is_odd_to_the_last_bit(precision):
    x = points("tanh", precision)
    assert_array_equal(function("tanh", -x), -function("tanh", x))
    assert np.signbit(function("tanh", -np.zeros(16, precision))).all()
