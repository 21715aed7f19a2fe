"""Plain NumPy: the lecture's formulas, a matrix at a time; networks side by side are one array (R, …)."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from benchmarks.workloads import Problem

MOMENTUM, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-8


def training(problem: Problem) -> Callable[[], np.ndarray]:
    w, full = problem.workload, problem.workload.steps == 1
    X, Y = problem.X, problem.Y

    def run() -> np.ndarray:
        theta, gradient = problem.theta.copy(), np.empty_like(problem.theta)
        first, second = np.zeros_like(theta), np.zeros_like(theta)
        step, costs = OPTIMIZERS[w.optimizer], []
        parameters, slopes = layers(theta, w.widths), layers(gradient, w.widths)
        for t in range(1, problem.epochs * w.steps + 1):
            rows = None if full else problem.batches[t - 1]
            batch = (X, Y) if full else (X[rows], Y[rows])
            costs.append(propagate(parameters, slopes, w, *batch))
            step(theta, gradient, first, second, w.learning_rate, t)
        return np.array(costs).reshape(problem.epochs, w.steps, *theta.shape[:-1]).mean(axis=1).T

    return run


def propagate(parameters, slopes, w, X, Y):
    """J (…,) of the batch; slopes <- dJ/dtheta, layer by layer."""
    f, derivative = ACTIVATIONS[w.activation]
    Z, A = [], [X]
    for l, (W, b) in enumerate(parameters, start=1):
        Z.append(A[-1] @ W + b)
        if l < len(parameters):
            A.append(f(Z[-1]))
    loss, dZ = COSTS[w.cost](Z[-1], Y)
    terms = X.shape[0] * (1 if w.cost == "cross_entropy" else Y.shape[1])
    dZ /= terms
    for l in range(len(parameters), 0, -1):
        dW, db = slopes[l - 1]
        np.matmul(A[l - 1].swapaxes(-1, -2), dZ, out=dW)
        dZ.sum(axis=-2, keepdims=True, out=db)
        if l > 1:
            dZ = dZ @ parameters[l - 1][0].swapaxes(-1, -2) * derivative(A[l - 1])
    return loss.sum(axis=(-2, -1)) / terms


def layers(flat, widths):
    """[(W^[1], b^[1]), …], views into an array (…, P): (…, n_{l-1}, n_l) and (…, 1, n_l)."""
    views, start = [], 0
    for p, q in pairwise(widths):
        W, b = flat[..., start : start + p * q], flat[..., start + p * q : start + p * q + q]
        views.append((W.reshape(*flat.shape[:-1], p, q), b[..., None, :]))
        start += p * q + q
    return views


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


Function = Callable[..., np.ndarray]
ACTIVATIONS: dict[str, tuple[Function, Function]] = {  # f(Z), and f' in terms of A = f(Z)
    "relu": (lambda Z: np.maximum(Z, 0), lambda A: A > 0),
    "tanh": (np.tanh, lambda A: 1 - A * A),
    "sigmoid": (sigmoid, lambda A: A * (1 - A)),
}


def mse(Z, Y):
    return (Z - Y) ** 2, 2 * (Z - Y)


def binary_cross_entropy(Z, Y):
    return np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z))), sigmoid(Z) - Y


def cross_entropy(Z, Y):
    shifted = Z - Z.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=-1, keepdims=True)
    return Y * (np.log(total) - shifted), powers / total - Y


#: of the output unit that goes with it: loss of each observation and output, and its derivative in Z^[L]
COSTS = {cost.__name__: cost for cost in (mse, binary_cross_entropy, cross_entropy)}


def gd(theta, gradient, first, second, alpha, t):
    theta -= alpha * gradient


def momentum(theta, gradient, first, second, alpha, t):
    first *= MOMENTUM
    first += gradient
    theta -= alpha * first


def adam(theta, gradient, first, second, alpha, t):
    first += (1 - BETA_1) * (gradient - first)
    second += (1 - BETA_2) * (gradient * gradient - second)
    theta -= alpha / (1 - BETA_1**t) * first / (np.sqrt(second / (1 - BETA_2**t)) + EPSILON)


OPTIMIZERS = {step.__name__: step for step in (gd, momentum, adam)}
