"""Derivatives, kinks and limits of the hidden units. Their values are tested with the networks."""

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

import core
from core.activations import ACTIVATIONS, LEAKY_SLOPE, activate, differentiate
from core.kernels.lanes import BYTES, SWEPT

EPS = np.finfo(np.float64).eps
KINKED = ("relu", "leaky_relu", "absolute", "prelu")
DERIVATIVES = {
    "identity": lambda z: np.ones_like(z),
    "sigmoid": lambda z: 1 / (2 * np.cosh(z / 2)) ** 2,
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1, 0),
    "leaky_relu": lambda z: np.where(z > 0, 1, 0.1),
    "absolute": np.sign,
    "prelu": lambda z: np.where(z > 0, 1, 0.25),
    "elu": lambda z: np.where(z > 0, 1, np.exp(np.minimum(z, 0))),
    "gelu": lambda z: special.ndtr(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
    "softplus": lambda z: 1 / (1 + np.exp(-z)),
}


def derivative(activation, z):
    """f'(z) as back-propagation sees it: dJ/db^[1] where W^[2] = 1 and dJ/dŷ = 1."""
    slope = [0.25] if activation == "prelu" else []
    theta = np.array([[1, b, 1, 0, *slope] for b in z], dtype=z.dtype)
    nets = core.Network((1, 1, 1), theta, activation)
    X = np.zeros((len(z), 1, 1))
    _, gradient = nets.gradient(X, nets(X) - 0.5, "mse")
    return gradient[:, 1]


def value(activation, z):
    """f(z) of the kernel, which unlike a network takes what is not finite."""
    A = np.full(BYTES // 8, np.nan)
    loop_over(
        A, list(ACTIVATIONS).index(activation), np.full(A.size, z), 0.25 if activation == "prelu" else LEAKY_SLOPE
    )
    return A[0]


@njit
def loop_over(A, code, Z, slope):
    activate(code, Z, A, A.size, slope)


@njit
def both_over(Z, A, dZ, code, slope):
    activate(code, Z, A, A.size, slope)
    differentiate(code, Z, A, dZ, A.size, slope)


def test_every_activation_has_a_derivative_to_be_tested_against():
    assert DERIVATIVES.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("activation", DERIVATIVES)
def test_the_derivative_is_the_one_of_the_formula(activation):
    z = np.concatenate([np.linspace(-9, 9, 1001)[np.arange(1001) != 500], [-1e-8, 1e-8]])
    # ŷ - 1/2 is rounded, to eps times the largest |ŷ|; ten more operations are
    assert_allclose(derivative(activation, z), DERIVATIVES[activation](z), rtol=0, atol=(2 * 9 + 10) * EPS)


@pytest.mark.parametrize("activation", DERIVATIVES)
def test_the_derivative_in_single_precision_is_the_same_number_rounded(activation):
    z = np.linspace(-4, 4, 100, dtype=np.float32)
    actual, eps = derivative(activation, z), np.finfo(np.float32).eps
    assert_allclose(actual, DERIVATIVES[activation](z.astype(float)), rtol=0, atol=(2 * 4 + 10) * eps)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("activation", KINKED)
def test_at_the_kink_the_derivative_is_zero(activation, precision):
    assert_array_equal(derivative(activation, np.array([0.0, -0.0], precision)), [0, 0])


@pytest.mark.parametrize(
    ("activation", "below", "above"),
    [
        ("identity", 1, 1),
        ("sigmoid", 0, 0),
        ("tanh", 0, 0),
        ("relu", 0, 1),
        ("leaky_relu", 0.1, 1),
        ("absolute", -1, 1),
        ("prelu", 0.25, 1),
        ("elu", 0, 1),
        ("gelu", 0, 1),
        ("softplus", 0, 1),
    ],
)
def test_far_out_the_derivative_is_its_limit(activation, below, above):
    z = np.array([-1e4, -800, 800, 1e4])
    # ŷ - 1/2 loses digits: one part in 2^52 of 1e4
    assert_allclose(derivative(activation, z), [below, below, above, above], rtol=1e4 * EPS, atol=0)


@pytest.mark.parametrize(
    ("activation", "below", "above"),
    [
        ("identity", -1e4, 1e4),
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("relu", 0, 1e4),
        ("leaky_relu", -1e3, 1e4),
        ("absolute", 1e4, 1e4),
        ("prelu", -2.5e3, 1e4),
        ("elu", -1, 1e4),
        ("gelu", 0, 1e4),
        ("softplus", 0, 1e4),
    ],
)
def test_far_out_the_value_is_its_limit(activation, below, above):
    assert_array_equal([value(activation, -1e4), value(activation, 1e4)], [below, above])


@pytest.mark.parametrize("activation", DERIVATIVES)
def test_no_activation_hides_nan(activation):
    assert np.isnan(value(activation, np.nan))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_vectors_that_are_taken_together_give_the_bits_that_each_gives_alone(activation):
    lanes, code = BYTES // 8, list(ACTIVATIONS).index(activation)
    Z = np.linspace(-5, 5, (2 * SWEPT + 3) * lanes)
    A, dZ = np.full_like(Z, np.nan), np.ones_like(Z)
    both_over(Z, A, dZ, code, LEAKY_SLOPE)
    for i in range(0, Z.size, lanes):
        f, slopes = np.full(lanes, np.nan), np.ones(lanes)
        both_over(Z[i : i + lanes].copy(), f, slopes, code, LEAKY_SLOPE)
        assert_array_equal(A[i : i + lanes], f)
        assert_array_equal(dZ[i : i + lanes], slopes)
