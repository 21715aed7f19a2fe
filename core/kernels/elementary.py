"""exp, expm1, log, log1p, tanh and the logistic function of vectors, in either precision.

LLVM cannot vectorise a call to the C library, and one costs some 20 ns. Each function here is a short polynomial after
a range reduction, without branches. Relative error at most 4 units in the last place (tested against 400-digit
arithmetic); NaN stays NaN.
"""

import math
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numpy.polynomial import Chebyshev, Polynomial

from core.kernels.lanes import Value, copysign, fabs, fma, where

LOG2_E = 1 / math.log(2)
LN2 = math.log(2)
SQRT2 = math.sqrt(2)
ROUNDED_TO_1 = 40.0  # tanh and the logistic function from there on


class _Series(NamedTuple):
    """A power series, and where it is needed."""

    coefficients: list[float]
    low: float
    high: float


EXP = _Series([1 / math.factorial(k + 2) for k in range(16)], -LN2 / 2, LN2 / 2)  # (e^r - 1 - r) / r^2
ARTANH = _Series([1 / (2 * k + 3) for k in range(16)], 0, ((SQRT2 - 1) / (SQRT2 + 1)) ** 2)  # (artanh(s) / s - 1) / s^2
COTH = _Series(  # (r coth r - 1) / r^2, both of s^2 or r^2
    [1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555, -1382 / 638512875, 4 / 18243225], 0, (LN2 / 4) ** 2
)


class _Format(NamedTuple):
    """What a precision needs."""

    bits: int
    mantissa: int  # stored bits of the mantissa
    one: int  # the bits of 1.0
    root_half: int  # the bits of sqrt(1/2)
    round: float  # x + round has round(x) in its low bits
    ln2_high: float  # ln 2 in two parts (Cody and Waite 1980): n ln2_high is exact for every exponent n
    ln2_low: float
    least: float  # 2^n is a normal number between them; exp is 0 below and infinite above
    most: float


DOUBLE = _Format(
    64, 52, 1023 << 52, 0x3FE6A09E667F3BCD, 1.5 * 2.0**52,
    float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33"), -708.0, 709.4,
)  # fmt: skip
SINGLE = _Format(
    32, 23, 127 << 23, 0x3F3504F3, 1.5 * 2.0**23,
    float.fromhex("0x1.62e4p-1"), LN2 - float.fromhex("0x1.62e4p-1"), -87.0, 88.3,
)  # fmt: skip


def _format(x: Value) -> _Format:
    return DOUBLE if x.element == ir.DoubleType() else SINGLE


def _polynomial(x: Value, series: _Series) -> Value:
    """The series at x, in pairs of pairs (Estrin 1960): Horner's scheme would wait for every product."""
    terms = [x.like(coefficient) for coefficient in _economized(series, _format(x).mantissa)]
    while len(terms) > 1:
        pairs = [fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms, x = pairs + terms[len(pairs) * 2 :], x * x
    return terms[0]


def _economized(series: _Series, mantissa: int) -> list[float]:
    """The coefficients of as short a polynomial as gives 1 + x series(x) to half the error of its rounding.

    A series in Chebyshev polynomials may be cut earlier than one in powers (Lanczos 1938).
    """
    exact = Polynomial(series.coefficients).convert(kind=Chebyshev, domain=[series.low, series.high])
    rests = np.cumsum(np.abs(exact.coef[::-1]))[::-1]  # what is left out from each term on
    n_terms = int(np.argmax(series.high * rests < 2.0 ** -(mantissa + 2)))
    return exact.truncate(n_terms).convert(kind=Polynomial).coef.tolist()


def _bits(x: Value) -> Value:
    """The bits of each lane, as integers."""
    kind = ir.VectorType(ir.IntType(_format(x).bits), x.value.type.count)
    return Value(x.builder, x.builder.bitcast(x.value, kind))


def _integers(like: Value, number: int) -> ir.Value:
    return ir.Constant(like.value.type, [number] * like.value.type.count)


def _power(x: Value, scale: float) -> tuple[Value, Value]:
    """(2^n, n) with n the integer nearest to x scale, for 2^n a normal number."""
    format, builder = _format(x), x.builder
    shifted = fma(x, x.like(scale), x.like(format.round))
    bits = _bits(shifted)
    power = builder.add(builder.shl(bits.value, _integers(bits, format.mantissa)), _integers(bits, format.one))
    return Value(builder, builder.bitcast(power, x.value.type)), shifted - format.round


def _reduced(x: Value) -> tuple[Value, Value]:
    """(2^n, e^r - 1) with x = n ln 2 + r and |r| <= ln(2) / 2, for x between `least` and `most`."""
    format = _format(x)
    power, n = _power(x, LOG2_E)
    r = fma(n, x.like(-format.ln2_low), fma(n, x.like(-format.ln2_high), x))
    return power, fma(r * r, _polynomial(r, EXP), r)


def exp(x: Value) -> Value:
    """e^x; 0 where it is not a normal number, infinite where 2 e^x would be."""
    format = _format(x)
    clamped = where(x < format.least, format.least, x)
    power, rest = _reduced(where(clamped > format.most, format.most, clamped))
    value = where(x < format.least, 0, fma(power, rest, power))
    return where(x > format.most, math.inf, value)


def exp_negative(x: Value) -> Value:
    """e^x for x <= 0."""
    least = _format(x).least
    power, rest = _reduced(where(x < least, least, x))
    return where(x < least, 0, fma(power, rest, power))


def expm1_negative(x: Value) -> Value:
    """e^x - 1 for x <= 0, accurate near 0."""
    least = _format(x).least
    power, rest = _reduced(where(x < least, least, x))
    return fma(power, rest, power - 1)


def _log1p_small(u: Value) -> Value:
    """ln(1 + u) for 1 + u between sqrt(1/2) and sqrt(2), as 2 artanh(u / (2 + u))."""
    s = u / (2 + u)
    w = s * s
    return 2 * fma(s * w, _polynomial(w, ARTANH), s)


def _exponent(x: Value) -> tuple[Value, Value]:
    """(2^-n, n) with 2^-n x between sqrt(1/2) and sqrt(2), for a normal number x > 0."""
    format, builder = _format(x), x.builder
    bias, bits = format.one >> format.mantissa, _bits(x)
    moved = builder.add(bits.value, _integers(bits, format.one - format.root_half))
    biased = builder.lshr(moved, _integers(bits, format.mantissa))
    power = builder.shl(builder.sub(_integers(bits, 2 * bias), biased), _integers(bits, format.mantissa))
    shifted = Value(builder, builder.bitcast(builder.add(_bits(x.like(format.round)).value, biased), x.value.type))
    return Value(builder, builder.bitcast(power, x.value.type)), shifted - (format.round + bias)


def log1p(x: Value) -> Value:
    """ln(1 + x) for x >= 0."""
    power, n = _exponent(1 + x)
    return fma(n, x.like(LN2), _log1p_small(fma(x, power, power - 1)))  # 1 + x = 2^n (1 + u)


def log(x: Value) -> Value:
    """ln x of a normal number x > 0."""
    power, n = _exponent(x)
    return fma(n, x.like(LN2), _log1p_small(fma(x, power, x.like(-1))))


def _r_coth_r(r: Value) -> Value:
    """r coth r for |r| <= ln(2) / 4: tanh r is r over it, and e^2r is (r coth r + r) / (r coth r - r)."""
    square = r * r
    return fma(square, _polynomial(square, COTH), r.like(1))


def tanh(x: Value) -> Value:
    """Hyperbolic tangent; tanh(-x) = -tanh(x) to the last bit.

    |x| = a + r with a = n ln(2) / 2, and tanh(a + r) = (tanh a + tanh r) / (1 + tanh a tanh r), where tanh a is
    (2^n - 1) / (2^n + 1). One division for all three.
    """
    size = fabs(x)
    size = where(size > ROUNDED_TO_1, ROUNDED_TO_1, size)
    power, n = _power(size, 2 * LOG2_E)
    r = fma(n, x.like(-LN2 / 2), size)  # in one part: what it lacks is below half a unit in the last place of tanh x
    c, less, more = _r_coth_r(r), power - 1, power + 1
    return copysign(fma(less, c, more * r) / fma(more, c, less * r), x)


def sigmoid(x: Value) -> Value:
    """Logistic function e^x / (e^x + 1), with e^x = 2^n e^2r as a fraction; 0 where it is not a normal number."""
    format = _format(x)
    clamped = where(x < format.least, format.least, x)
    clamped = where(clamped > ROUNDED_TO_1, ROUNDED_TO_1, clamped)
    power, n = _power(clamped, LOG2_E)
    r = fma(n, x.like(-format.ln2_low / 2), fma(n, x.like(-format.ln2_high / 2), 0.5 * clamped))
    c = _r_coth_r(r)
    up = power * (c + r)
    return where(x < format.least, 0, up / (up + (c - r)))


def softplus(x: Value) -> Value:
    """ln(1 + e^x), without overflow; its derivative is the logistic function."""
    return where(x < 0, 0, x) + log1p(exp_negative(-fabs(x)))
