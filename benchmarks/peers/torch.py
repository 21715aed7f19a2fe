"""PyTorch, eager, with its fused optimisers; networks side by side are one batched product (baddbmm)."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.workloads import Problem

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
COSTS = {  # of the output unit's Z^[L]; without a mean over networks
    "mse": F.mse_loss,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
}
OPTIMIZERS = {
    "gd": lambda layers, alpha: torch.optim.SGD(layers, alpha, fused=True),
    "momentum": lambda layers, alpha: torch.optim.SGD(layers, alpha, momentum=0.9, fused=True),
    "adam": lambda layers, alpha: torch.optim.Adam(layers, alpha, fused=True),
}


def training(problem: Problem) -> Callable[[], np.ndarray]:
    w = problem.workload
    torch.set_num_threads(1)
    X, Y = torch.from_numpy(problem.X), torch.from_numpy(problem.Y)
    batches = torch.from_numpy(problem.batches)
    if w.cost == "cross_entropy":
        Y = Y.argmax(dim=1)
    if w.networks > 1:
        X, Y = X.expand(w.networks, *X.shape), Y.expand(w.networks, *Y.shape)

    def run() -> np.ndarray:
        layers = split(torch.from_numpy(problem.theta), w.widths)
        optimizer = OPTIMIZERS[w.optimizer]([part for layer in layers for part in layer], w.learning_rate)
        costs = torch.empty(problem.epochs * w.steps, *problem.theta.shape[:-1], dtype=X.dtype)
        for t in range(problem.epochs * w.steps):
            Z = forward(layers, w, X if w.steps == 1 else X[batches[t]])
            J = cost(Z, w, Y if w.steps == 1 else Y[batches[t]])
            optimizer.zero_grad()
            J.sum().backward()
            optimizer.step()
            costs[t] = J.detach()
        return costs.numpy().reshape(problem.epochs, w.steps, *costs.shape[1:]).mean(axis=1).T

    return run


def split(theta, widths):
    """[[W^[1], b^[1]], …] from theta (…, P): copies (…, n_{l-1}, n_l) and (n_l,), or (R, 1, n_l)."""
    layers, start = [], 0
    for p, q in pairwise(widths):
        W = theta[..., start : start + p * q].reshape(*theta.shape[:-1], p, q)
        b = theta[..., start + p * q : start + p * q + q]
        layers.append([part.clone().requires_grad_() for part in (W, b if b.ndim == 1 else b[:, None])])
        start += p * q + q
    return layers


def forward(layers, w, X):
    product = torch.addmm if w.networks == 1 else torch.baddbmm
    for W, b in layers[:-1]:
        X = ACTIVATIONS[w.activation](product(b, X, W))
    W, b = layers[-1]
    return product(b, X, W)


def cost(Z, w, Y):
    """J, or the J of each network (R,)."""
    if w.networks == 1:
        return COSTS[w.cost](Z, Y)
    return COSTS[w.cost](Z, Y, reduction="none").mean(dim=(1, 2))
