"""The kernels that Python calls: predict and train, one compiled signature per precision; and shuffle."""

import math

from core.costs import apply_output
from core.kernels import propagation
from core.kernels.jit import lean_entry
from core.kernels.lanes import at, copy
from core.kernels.optimizers import update
from core.kernels.products import gather
from core.kernels.propagation import cost_and_gradient, forward, padded, penalise, take

NONE = -1  # instead of an optimiser


@lean_entry
def predict(theta, plan, output, X, order, space, m):
    """Z^[l] and A^[l] of every layer from X (n, n_0), at the top of the work space: (2, rows, m)."""
    work = propagation.work(space, plan.widths, theta.size, m)
    gather(X, plan.widths[0], order, order.size, work.A, m)
    row = forward(at(theta, 0), theta.size, plan, work.Z, work.A, work.packed, m)
    apply_output(output, at(work.Z, row * m), at(work.A, row * m), plan.widths[-1], m)


@lean_entry
def train(state, P, step, plan, optimizer, X, Y, order, batch, alpha, l2, costs, space, m):
    """costs.size epochs of one network; returns whether it stayed finite.

    state (5, P + SLACK or more): theta, the next theta, its gradient, and the moving averages of the optimiser. theta
    and the averages are updated in place; `step` steps lie behind. order holds the sequence of observations of each
    epoch, (epochs, n); or (1, n), the same for all. costs[e] <- the mean over the steps of epoch e of the cost before
    the step. When the cost, the next theta or a moving average is not finite, theta keeps its last finite value and the
    costs from that epoch on are left as they are.

    optimizer: position in OPTIMIZERS; or NONE, which takes no step but leaves its gradient in state[2], its cost in
    costs[0].
    """
    work = propagation.work(space, plan.widths, P, m)
    size = state.shape[1]
    n, epochs = X.shape[0], costs.size
    now, new, gradient = at(state, 0), at(state, size), at(state, 2 * size)
    first, second = at(state, 3 * size), at(state, 4 * size)
    fixed = n <= batch and n <= m
    if fixed:
        take(X, Y, at(order, 0), n, plan, work, padded(n, work.lanes), n)
    for epoch in range(epochs):
        row = epoch * n if order.shape[0] > 1 else 0
        mean, n_steps = 0.0, 0
        for start in range(0, n, batch):
            count = min(batch, n - start)
            J = cost_and_gradient(now, P, plan, work, gradient, X, Y, at(order, row + start), count, fixed)
            if optimizer == NONE:
                costs[0] = J
                return True
            if l2 > 0:
                J += penalise(now, plan, l2, gradient)
            step += 1
            alive = update(optimizer, now, new, gradient, first, second, P, alpha, step)
            if not (alive and math.isfinite(J)):
                copy(now, state, P)
                return False
            mean += J
            n_steps += 1
            now, new = new, now
        costs[epoch] = mean / n_steps
    copy(now, state, P)
    return True


@lean_entry
def shuffle(uniform, order):
    """order[e] <- a permutation of 0 … n - 1, from as many numbers in [0, 1). Durstenfeld 1964, Algorithm 235.

    Shapes (epochs, n). NumPy's own takes six times as long, a quarter of training a small network.
    """
    for e in range(order.shape[0]):
        for i in range(order.shape[1]):
            order[e, i] = i
        for i in range(order.shape[1] - 1, 0, -1):
            j = int(uniform[e, i] * (i + 1))
            order[e, i], order[e, j] = order[e, j], order[e, i]
