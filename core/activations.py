"""Activation functions of the hidden units, each with its derivative beside it.

f(z, slope) and f'(z, a, slope) with a = f(z); both see a vector of numbers. `slope` is the slope of the negative side:
0.1 for leaky_relu (the lecture's), learnt for prelu, unread elsewhere. At the kink the derivative of the ReLU family
(relu, leaky_relu, absolute, prelu) is 0: f'(0) = 0. Slides: Different activation functions; Derivatives.

To add a function, write the pair and name it in ACTIVATIONS.
"""

import math

import numpy as np

from core.kernels import elementary
from core.kernels.lanes import extern, fabs, fma, outlined, sweep, switch, traced, where

LEAKY_SLOPE = 0.1  # slide: Leaky ReLU
PRELU_START = 0.25  # He et al. 2015, Delving deep into rectifiers


def identity(z, slope):
    return z


def identity_derivative(z, a, slope):
    return z.like(1)


def sigmoid(z, slope):
    return elementary.sigmoid(z)


def sigmoid_derivative(z, a, slope):
    return a * (1 - a)


def tanh(z, slope):
    return elementary.tanh(z)


def tanh_derivative(z, a, slope):
    return (1 - a) * (1 + a)


def relu(z, slope):
    return where(z < 0, 0, z)  # in this order NaN stays NaN


def relu_derivative(z, a, slope):
    return where(z > 0, z.like(1), 0)


def leaky_relu(z, slope):
    return where(z < 0, slope * z, z)


def leaky_relu_derivative(z, a, slope):
    return where(z > 0, 1, where(z < 0, z.like(slope), 0))


def absolute(z, slope):
    return fabs(z)


def absolute_derivative(z, a, slope):
    return where(z > 0, 1, where(z < 0, z.like(-1), 0))


def elu(z, slope):
    return where(z < 0, elementary.expm1_negative(z), z)


def elu_derivative(z, a, slope):
    return where(z < 0, a + 1, 1)


def gelu(z, slope):
    """z Phi(z), exact (Hendrycks and Gimpel 2016); not the tanh approximation."""
    return z * 0.5 * extern("erfc", -z * math.sqrt(0.5))


def gelu_derivative(z, a, slope):
    density = elementary.exp_negative(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return fma(z, density, 0.5 * extern("erfc", -z * math.sqrt(0.5)))  # of two products the compiler might fuse either


def softplus(z, slope):
    return elementary.softplus(z)


def softplus_derivative(z, a, slope):
    return elementary.sigmoid(z)


ACTIVATIONS = {  # name: (f, f'); the position is the integer that kernels know it by
    "identity": (identity, identity_derivative),
    "sigmoid": (sigmoid, sigmoid_derivative),
    "tanh": (tanh, tanh_derivative),
    "relu": (relu, relu_derivative),
    "leaky_relu": (leaky_relu, leaky_relu_derivative),
    "absolute": (absolute, absolute_derivative),
    "prelu": (leaky_relu, leaky_relu_derivative),
    "elu": (elu, elu_derivative),
    "gelu": (gelu, gelu_derivative),
    "softplus": (softplus, softplus_derivative),
}
PRELU = list(ACTIVATIONS).index("prelu")


@traced
def activate(code, Z, A, size, slope):
    """A <- f(Z), flat; size counts whole vectors."""

    def case(name: str) -> None:
        f, _ = ACTIVATIONS[name]

        def body(Z, A, size, slope):
            def step(i, Z, A):
                A[i] = f(Z[i], slope)

            sweep(size, step, Z, A)

        outlined(name, body, Z, A, size, slope)

    switch(code, case, ACTIVATIONS)


@traced
def differentiate(code, Z, A, dZ, size, slope):
    """dZ <- dZ * f'(Z), flat (slide: g := g . f'(z)); size counts whole vectors."""

    def case(name: str) -> None:
        _, derivative = ACTIVATIONS[name]

        def body(Z, A, dZ, size, slope):
            def step(i, Z, A, dZ):
                dZ[i] = derivative(Z[i], A[i], slope) * dZ[i]

            sweep(size, step, Z, A, dZ)

        outlined(f"{name}_derivative", body, Z, A, dZ, size, slope)

    switch(code, case, ACTIVATIONS)


def codes(activation: str | tuple[str, ...], n_hidden: int) -> np.ndarray:
    """Integer code of each hidden layer, (n_hidden,), from one name or one per hidden layer."""
    names = (activation,) * n_hidden if isinstance(activation, str) else tuple(activation)
    for name in names or ((activation,) if isinstance(activation, str) else ()):
        if name not in ACTIVATIONS:
            raise ValueError(f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}")
    if len(names) != n_hidden:
        raise ValueError(f"activation names {len(names)} layers; the network has {n_hidden} hidden layers")
    return np.array([list(ACTIVATIONS).index(name) for name in names], dtype=np.int64)
