"""exp, expm1, log1p, tanh and the logistic function, written so that LLVM can vectorise the loops around them.

LLVM cannot vectorise a call to the C library, and one costs some 20 ns. Each function here is a short polynomial after
an exact range reduction, without branches. Relative error at most 4 units in the last place of float64 (tested against
50-digit arithmetic); NaN stays NaN. float32 arguments are computed in float64.
"""

import math

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from core.kernels.jit import inlined

LOG2_E = 1 / math.log(2)
# ln 2 in two parts (Cody and Waite 1980): n LN2_HIGH is exact for |n| < 2^11, its last 21 bits are zero.
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
ROUND = 1.5 * 2.0**52  # x + ROUND has round(x) in its low bits
ONE = 1023 << 52  # bits of the exponent of 1.0
EXP_MIN, EXP_MAX = -708.0, 709.4  # 2^n is a normal number between them; exp is 0 below and infinite above
LN2 = math.log(2)
SQRT2 = math.sqrt(2)


@intrinsic
def _bits(typing, number):
    """The 64 bits of a float64, as an integer."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _float(typing, bits):
    """The float64 with these 64 bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@inlined
def _reduced(x):
    """(2^n, e^r - 1) with x = n ln 2 + r and |r| <= ln(2) / 2; x is clamped to EXP_MIN .. EXP_MAX."""
    x = EXP_MIN if x < EXP_MIN else x
    x = EXP_MAX if x > EXP_MAX else x
    shifted = x * LOG2_E + ROUND
    n = shifted - ROUND
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    # Taylor: the first term left out, r^14 / 14!, is below 2^-57 |r|
    t = 1 / 479001600 + r * (1 / 6227020800)
    t = 1 / 3628800 + r * (1 / 39916800 + r * t)
    t = 1 / 40320 + r * (1 / 362880 + r * t)
    t = 1 / 720 + r * (1 / 5040 + r * t)
    t = 1 / 24 + r * (1 / 120 + r * t)
    t = 1 / 2 + r * (1 / 6 + r * t)
    return _float((_bits(shifted) << 52) + ONE), r + r * r * t


@inlined
def exp(x):
    """e^x; 0 below -708 (no denormals), infinite above 709.4."""
    x = np.float64(x)
    power, rest = _reduced(x)
    value = power + power * rest
    value = 0.0 if x < EXP_MIN else value
    value = math.inf if x > EXP_MAX else value
    return x if x != x else value


@inlined
def expm1(x):
    """e^x - 1, accurate near 0; infinite above 709.4."""
    x = np.float64(x)
    power, rest = _reduced(x)
    value = power * rest + (power - 1)
    value = math.inf if x > EXP_MAX else value
    return x if x != x else value


@inlined
def log1p(x):
    """ln(1 + x) for 0 <= x <= 1, the only range that costs and softplus need."""
    x = np.float64(x)
    halve = x > SQRT2 - 1
    u = (x - 1) / 2 if halve else x  # 1 + x = 2 (1 + u)
    s = u / (2 + u)
    w = s * s
    # ln(1 + u) = 2 artanh(s); the first term left out, s^23 / 23, is below 2^-60 |s|
    t = 1 / 19 + w * (1 / 21)
    t = 1 / 15 + w * (1 / 17 + w * t)
    t = 1 / 11 + w * (1 / 13 + w * t)
    t = 1 / 7 + w * (1 / 9 + w * t)
    t = 1 / 3 + w * (1 / 5 + w * t)
    value = 2 * (s + s * w * t)
    return value + LN2 if halve else value


@inlined
def tanh(x):
    """Hyperbolic tangent, from expm1(-2|x|): it never overflows, and tanh(-x) = -tanh(x) to the last bit."""
    t = expm1(-2 * abs(np.float64(x)))
    return math.copysign(t / (2 + t), x)


@inlined
def sigmoid(x):
    """Logistic function 1 / (1 + e^-x)."""
    return 1 / (1 + exp(-x))


@inlined
def softplus(x):
    """ln(1 + e^x), without overflow; its derivative is the logistic function."""
    x = np.float64(x)
    positive = 0.0 if x < 0 else x
    return positive + log1p(exp(-abs(x)))
