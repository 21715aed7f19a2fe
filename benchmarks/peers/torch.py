"""PyTorch, eager, with its fused optimisers; networks side by side are one batched product (baddbmm)."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from benchmarks.workloads import Problem, layers

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
COSTS = {  # of the output unit's Z^[L]; without a mean over networks
    "mse": F.mse_loss,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
}
OPTIMIZERS = {
    "gd": lambda theta, alpha: torch.optim.SGD(theta, alpha, fused=True),
    "momentum": lambda theta, alpha: torch.optim.SGD(theta, alpha, momentum=0.9, fused=True),
    "adam": lambda theta, alpha: torch.optim.Adam(theta, alpha, fused=True),
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
    start = [(W, b if b.ndim == 1 else b[:, None]) for W, b in layers(problem.theta, w.widths)]

    def run() -> np.ndarray:
        theta = [(torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)) for W, b in start]
        optimizer = OPTIMIZERS[w.optimizer]([part for layer in theta for part in layer], w.learning_rate)
        costs = torch.empty(problem.epochs * w.steps, *problem.theta.shape[:-1], dtype=X.dtype)
        for t in range(problem.epochs * w.steps):
            Z = forward(theta, w, X if w.steps == 1 else X[batches[t]])
            J = cost(Z, w, Y if w.steps == 1 else Y[batches[t]])
            optimizer.zero_grad()
            (J if w.networks == 1 else J.sum()).backward()
            optimizer.step()
            costs[t] = J.detach()
        return costs.numpy().reshape(problem.epochs, w.steps, *costs.shape[1:]).mean(axis=1).T

    return run


def forward(theta, w, X):
    """Z^[L] of the network, or of each, theta = [(W^[1], b^[1]), …]."""
    product = torch.addmm if w.networks == 1 else torch.baddbmm
    for W, b in theta[:-1]:
        X = ACTIVATIONS[w.activation](product(b, X, W))
    W, b = theta[-1]
    return product(b, X, W)


def cost(Z, w, Y):
    """J, or the J of each network (R,)."""
    if w.networks == 1:
        return COSTS[w.cost](Z, Y)
    return COSTS[w.cost](Z, Y, reduction="none").mean(dim=(1, 2))
