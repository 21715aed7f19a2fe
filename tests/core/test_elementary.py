"""The elementary functions of the kernels, against arithmetic with 400 digits."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from core import streams
from core.kernels import elementary

ULPS = 4  # promised in core/kernels/elementary.py
DIGITS = 400  # ln(1 + e^-700) needs 304 digits before the first that is not 0

EXACT = {
    "exp": lambda x: x.exp(),
    "expm1": lambda x: x.exp() - 1,
    "log1p": lambda x: (1 + x).ln(),
    "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).ln(),
}
SUBNORMAL = 5e-324


def points(low, high):
    """Where a polynomial after a range reduction may fail: everywhere, near 0, at the seams, at the ends."""
    rng = streams.stream(0, "points")
    seams = np.log(2) * (np.arange(-12, 13) / 2)  # |r| is largest at odd multiples of ln(2) / 2
    scattered = np.concatenate([
        rng.uniform(low, high, 100),
        rng.uniform(-2, 2, 100),
        rng.choice([-1, 1], 100) * 10 ** rng.uniform(-30, 1, 100),
        np.nextafter(seams, -np.inf), seams, np.nextafter(seams, np.inf),
        [low, 0.0, SUBNORMAL, -SUBNORMAL, 1e-310, np.sqrt(2) - 1, np.nextafter(np.sqrt(2) - 1, 1), 0.5, 1, high],
    ])  # fmt: skip
    return scattered[(scattered >= low) & (scattered <= high)]


@pytest.mark.parametrize("name", EXACT)
def test_an_elementary_function_is_exact_to_four_units_in_the_last_place(name):
    low, high = (0, 1) if name == "log1p" else (-708, 709)
    with localcontext(prec=DIGITS):
        for x in points(low, high):
            exact = EXACT[name](Decimal(float(x)))
            error = abs(Decimal(getattr(elementary, name)(x)) - exact)
            assert error <= ULPS * Decimal(float(np.spacing(abs(float(exact))))), x


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("exp", 0, np.inf),
        ("expm1", -1, np.inf),
        ("tanh", -1, 1),
        ("sigmoid", 0, 1),
        ("softplus", 0, None),
    ],
)
def test_far_out_an_elementary_function_is_its_limit(name, below, above):
    far = np.array([750, 1e4, 1e300, np.inf])
    function = np.vectorize(getattr(elementary, name))
    assert_array_equal(function(-far), np.full(4, below))
    assert_array_equal(function(far), far if above is None else np.full(4, above))


@pytest.mark.parametrize("name", EXACT)
def test_nan_stays_nan(name):
    assert np.isnan(getattr(elementary, name)(np.nan))


def test_tanh_is_odd_to_the_last_bit():
    tanh = np.vectorize(elementary.tanh)
    x = points(-708, 709)
    assert_array_equal(tanh(-x), -tanh(x))
    assert np.signbit(elementary.tanh(-0.0))


@pytest.mark.parametrize("name", EXACT)
def test_single_precision_is_computed_in_double(name):
    function = getattr(elementary, name)
    for x in np.array([0, 0.1, 0.3, 0.6, 1], np.float32):
        assert function(x) == function(float(x))
