"""Activation functions of the hidden units, each with its derivative beside it.

f(z, slope) and f'(z, a, slope) with a = f(z); both see one number. `slope` is the slope of the negative side:
0.1 for leaky_relu (the lecture's), learnt for prelu, unread elsewhere. At the kink the derivative of the ReLU family
(relu, leaky_relu, absolute, prelu) is 0: f'(0) = 0. Slides: Different activation functions; Derivatives.

To add a function, write the pair and name it in ACTIVATIONS.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from core.kernels import elementary
from core.kernels.jit import by_code, inlined, jit

LEAKY_SLOPE = 0.1  # slide: Leaky ReLU
PRELU_START = 0.25  # He et al. 2015, Delving deep into rectifiers


@inlined
def identity(z, slope):
    return z


@inlined
def identity_derivative(z, a, slope):
    return 1.0


@inlined
def sigmoid(z, slope):
    return elementary.sigmoid(z)


@inlined
def sigmoid_derivative(z, a, slope):
    return a * (1 - a)


@inlined
def tanh(z, slope):
    return elementary.tanh(z)


@inlined
def tanh_derivative(z, a, slope):
    return (1 - a) * (1 + a)


@inlined
def relu(z, slope):
    return 0.0 if z < 0 else z  # in this order NaN stays NaN


@inlined
def relu_derivative(z, a, slope):
    return 1.0 if z > 0 else 0.0


@inlined
def leaky_relu(z, slope):
    return slope * z if z < 0 else z


@inlined
def leaky_relu_derivative(z, a, slope):
    negative = slope if z < 0 else 0.0
    return 1.0 if z > 0 else negative


@inlined
def absolute(z, slope):
    return abs(z)


@inlined
def absolute_derivative(z, a, slope):
    negative = -1.0 if z < 0 else 0.0
    return 1.0 if z > 0 else negative


@inlined
def elu(z, slope):
    return elementary.expm1(z) if z < 0 else z


@inlined
def elu_derivative(z, a, slope):
    return a + 1 if z < 0 else 1.0


@inlined
def gelu(z, slope):
    """z Phi(z), exact (Hendrycks and Gimpel 2016); not the tanh approximation."""
    return z * 0.5 * math.erfc(-z * math.sqrt(0.5))


@inlined
def gelu_derivative(z, a, slope):
    density = elementary.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return 0.5 * math.erfc(-z * math.sqrt(0.5)) + z * density


@inlined
def softplus(z, slope):
    return elementary.softplus(z)


@inlined
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


@cache  # leaky_relu and prelu share their loops
def _forward(f: Any) -> Any:
    @jit
    def loop(Z, A, slope):
        for i in range(Z.size):
            A[i] = f(Z[i], slope)

    return loop


@cache
def _backward(derivative: Any) -> Any:
    @jit
    def loop(Z, A, dZ, slope):
        for i in range(Z.size):
            dZ[i] *= derivative(Z[i], A[i], slope)

    return loop


#: activate(code, Z, A, slope): A <- f(Z), flat arrays of one size
activate = by_code([_forward(f) for f, _ in ACTIVATIONS.values()])
#: differentiate(code, Z, A, dZ, slope): dZ <- dZ * f'(Z), flat arrays of one size (slide: g := g . f'(z))
differentiate = by_code([_backward(derivative) for _, derivative in ACTIVATIONS.values()])


def codes(activation: str | tuple[str, ...], n_hidden: int) -> np.ndarray:
    """Integer code of each hidden layer, (n_hidden,), from one name or one per hidden layer."""
    names = (activation,) * n_hidden if isinstance(activation, str) else tuple(activation)
    for name in names or ((activation,) if isinstance(activation, str) else ()):
        if name not in ACTIVATIONS:
            raise ValueError(f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}")
    if len(names) != n_hidden:
        raise ValueError(f"activation names {len(names)} layers; the network has {n_hidden} hidden layers")
    return np.array([list(ACTIVATIONS).index(name) for name in names], dtype=np.int64)
