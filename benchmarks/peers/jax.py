"""JAX at its strongest: one jitted scan over all steps, vmapped over networks; compiled before it is timed."""

from collections.abc import Callable
from itertools import pairwise
from math import log

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.workloads import Problem

MOMENTUM, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-8
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
COSTS = {  # of the output unit's Z^[L]
    "mse": lambda Z, Y: jnp.mean((Z - Y) ** 2),
    "binary_cross_entropy": lambda Z, Y: jnp.mean(jax.nn.softplus(Z) - Z * Y),
    "cross_entropy": lambda Z, Y: -jnp.mean(jnp.sum(Y * jax.nn.log_softmax(Z), axis=1)),
}


def training(problem: Problem) -> Callable[[], np.ndarray]:
    w = problem.workload
    jax.config.update("jax_enable_x64", problem.theta.dtype == np.float64)
    X, Y, batches = jnp.asarray(problem.X), jnp.asarray(problem.Y), jnp.asarray(problem.batches)
    slope, move = jax.value_and_grad(lambda layers, X, Y: cost(layers, X, Y, w)), OPTIMIZERS[w.optimizer]

    def one_network(theta, X, Y, batches):
        def step(state, rows):
            layers, moments, t = state
            J, gradient = slope(layers, *((X, Y) if w.steps == 1 else (X[rows], Y[rows])))
            return (*move(layers, gradient, moments, w.learning_rate, t + 1), t + 1), J

        layers = split(theta, w.widths)
        nothing = jax.tree.map(jnp.zeros_like, layers)
        start = layers, (nothing, nothing), jnp.zeros((), theta.dtype)
        return lax.scan(step, start, None if w.steps == 1 else batches, length=problem.epochs * w.steps)[1]

    networks = one_network if w.networks == 1 else jax.vmap(one_network, in_axes=(0, None, None, None))
    arguments = jnp.asarray(problem.theta), X, Y, batches
    compiled = jax.jit(networks).lower(*arguments).compile()

    def run() -> np.ndarray:
        costs = np.asarray(compiled(*arguments))
        return costs.reshape(*costs.shape[:-1], problem.epochs, w.steps).mean(axis=-1)

    return run


def split(theta, widths):
    """[(W^[1], b^[1]), …] from theta (P,)."""
    layers, start = [], 0
    for p, q in pairwise(widths):
        layers.append((theta[start : start + p * q].reshape(p, q), theta[start + p * q : start + p * q + q]))
        start += p * q + q
    return layers


def cost(layers, X, Y, w):
    A = X
    for W, b in layers[:-1]:
        A = ACTIVATIONS[w.activation](A @ W + b)
    W, b = layers[-1]
    return COSTS[w.cost](A @ W + b, Y)


def gd(layers, gradient, moments, alpha, t):
    return jax.tree.map(lambda theta, g: theta - alpha * g, layers, gradient), moments


def momentum(layers, gradient, moments, alpha, t):
    first = jax.tree.map(lambda v, g: MOMENTUM * v + g, moments[0], gradient)
    return jax.tree.map(lambda theta, v: theta - alpha * v, layers, first), (first, moments[1])


def adam(layers, gradient, moments, alpha, t):
    first = jax.tree.map(lambda v, g: BETA_1 * v + (1 - BETA_1) * g, moments[0], gradient)
    second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, moments[1], gradient)
    rate, scale = -alpha / jnp.expm1(t * log(BETA_1)), -1 / jnp.expm1(t * log(BETA_2))  # 1 - beta^t, rounded once
    moved = jax.tree.map(lambda theta, m, v: theta - rate * m / (jnp.sqrt(scale * v) + EPSILON), layers, first, second)
    return moved, (first, second)


OPTIMIZERS = {step.__name__: step for step in (gd, momentum, adam)}
