"""One step of each optimiser: new <- theta - alpha * direction. All arrays flat, one entry per parameter.

`new` is another buffer than `theta`, so that a step that leaves the finite numbers can be taken back. `first` and
`second` are moving averages of the gradient and of its square, zero before step 1.
"""

from core.kernels.jit import by_code, jit

MOMENTUM = 0.9
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Kingma and Ba 2015


@jit
def gd(theta, new, gradient, first, second, alpha, step):
    """theta := theta - alpha dJ/dtheta (slide: Minimizing the cost function)."""
    for i in range(theta.size):
        new[i] = theta[i] - alpha * gradient[i]


@jit
def momentum(theta, new, gradient, first, second, alpha, step):
    """v := 0.9 v + dJ/dtheta; theta := theta - alpha v. Some books scale the gradient by 1 - 0.9."""
    for i in range(theta.size):
        first[i] = MOMENTUM * first[i] + gradient[i]
        new[i] = theta[i] - alpha * first[i]


@jit
def adam(theta, new, gradient, first, second, alpha, step):
    """Kingma and Ba 2015, Algorithm 1; step counts from 1."""
    rate = alpha / (1 - BETA_1**step)
    scale = 1 / (1 - BETA_2**step)
    for i in range(theta.size):
        first[i] = BETA_1 * first[i] + (1 - BETA_1) * gradient[i]
        second[i] = BETA_2 * second[i] + (1 - BETA_2) * gradient[i] * gradient[i]
        new[i] = theta[i] - rate * first[i] / ((scale * second[i]) ** 0.5 + EPSILON)


OPTIMIZERS = {"gd": gd, "momentum": momentum, "adam": adam}  # the position is the integer that kernels know it by
#: update(code, theta, new, gradient, first, second, alpha, step)
update = by_code(list(OPTIMIZERS.values()))
