"""The kernels that Python calls: predict, evaluate, train. One compiled signature per precision."""

import numpy as np

from core.costs import apply_output
from core.kernels.jit import entry, jit
from core.kernels.lanes import BYTES, fma, load, total
from core.kernels.optimizers import update
from core.kernels.products import zero
from core.kernels.propagation import buffers, cost_and_gradient, forward, gather, padded, penalise


@jit
def finite(x):
    """Whether every entry of a flat array is finite: 0 x is NaN where x is not."""
    lanes = BYTES // x.itemsize
    whole = x.size // lanes * lanes
    sums, nothing = zero(x), zero(x)
    for i in range(0, whole, lanes):
        sums = fma(load(x, i), nothing, sums)
    rest = total(sums)
    for i in range(whole, x.size):
        rest += x[i] * 0
    return rest == 0


@entry
def predict(theta, plan, output, X, Z, A, m):
    """Z^[l] and A^[l] of every layer from X (n, n_0). Z, A: (rows m,), m the padded n; output: position in OUTPUTS."""
    gather(X, np.arange(X.shape[0]), A, m)
    forward(theta, plan, Z, A, m)
    n_outputs = plan.widths[-1]
    top = Z.size - n_outputs * m
    apply_output(output, Z[top:], A[top:], n_outputs, m)


@entry
def evaluate(theta, plan, X, Y, gradient):
    """J over X (n, n_0) and Y (n, n_L); gradient <- dJ/dtheta, (P,)."""
    n = X.shape[0]
    m = padded(n, X.itemsize)
    work = buffers(plan, theta, m)
    gather(X, np.arange(n), work.A, m)
    gather(Y, np.arange(n), work.Y, m)
    return cost_and_gradient(theta, plan, work, gradient, m, n)


@entry
def train(theta, first, second, step, plan, optimizer, X, Y, order, batch, alpha, l2, costs):
    """costs.size epochs of one network; returns whether it stayed finite.

    theta, first, second (P,) are updated in place; `step` steps lie behind. order (epochs, n) holds the sequence of
    observations of each epoch; with batch = n it is never read, and the observations are taken as they stand.
    costs[e] <- the mean over the steps of epoch e of the cost before the step. When the cost or the next theta is not
    finite, theta keeps its last finite value and the costs from that epoch on are NaN. So it does when a moving average
    overflows, which would otherwise stop Adam in silence.
    """
    n, m = X.shape[0], padded(batch, X.itemsize)
    work, gradient = buffers(plan, theta, m), np.zeros_like(theta)
    now, new = theta, np.zeros_like(theta)
    if batch == n:
        gather(X, np.arange(n), work.A, m)
        gather(Y, np.arange(n), work.Y, m)
    costs[:] = np.nan
    for epoch in range(costs.size):
        mean, n_steps = 0.0, 0
        for start in range(0, n, batch):
            count = min(batch, n - start)
            if batch < n:
                gather(X, order[epoch, start : start + count], work.A, m)
                gather(Y, order[epoch, start : start + count], work.Y, m)
            J = cost_and_gradient(now, plan, work, gradient, m, count)
            if l2 > 0:
                J += penalise(now, plan, l2, gradient)
            step += 1
            update(optimizer, now, new, gradient, first, second, alpha, step)
            if not (np.isfinite(J) and finite(new)):
                theta[:] = now
                return False
            mean += J
            n_steps += 1
            now, new = new, now
        if not finite(second):
            theta[:] = now
            return False
        costs[epoch] = mean / n_steps
    theta[:] = now
    return True
