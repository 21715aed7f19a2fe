"""One step of each optimiser: (theta, first, second) after it, from a vector of each and of the gradient.

`first` and `second` are moving averages of the gradient and of its square, zero before step 1. alpha is the learning
rate; unbias_1 and unbias_2 are 1 / (1 - beta^step), the factors that make up for that zero.
"""

from core.kernels.jit import inlined
from core.kernels.lanes import Value, Variable, loop, sqrt, switch, totals, traced

MOMENTUM = 0.9
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Kingma and Ba 2015


def gd(theta, gradient, first, second, alpha, unbias_1, unbias_2):
    """theta := theta - alpha dJ/dtheta (slide: Minimizing the cost function)."""
    return theta - alpha * gradient, first, second


def momentum(theta, gradient, first, second, alpha, unbias_1, unbias_2):
    """v := 0.9 v + dJ/dtheta; theta := theta - alpha v. Some books scale the gradient by 1 - 0.9."""
    first = MOMENTUM * first + gradient
    return theta - alpha * first, first, second


def adam(theta, gradient, first, second, alpha, unbias_1, unbias_2):
    """Kingma and Ba 2015, Algorithm 1."""
    first = BETA_1 * first + (1 - BETA_1) * gradient
    second = BETA_2 * second + (1 - BETA_2) * gradient * gradient
    return theta - (alpha * unbias_1) * first / (sqrt(unbias_2 * second) + EPSILON), first, second


OPTIMIZERS = {"gd": gd, "momentum": momentum, "adam": adam}  # the position is the integer that kernels know it by
ADAM = list(OPTIMIZERS).index("adam")


@traced
def _step(code, theta, new, gradient, first, second, size, alpha, unbias_1, unbias_2) -> Value:
    """The step, and a number that is not finite where an entry of new or second is not: 0 x is NaN then."""
    nothing = theta.zeros()
    sums = Variable(nothing)

    def case(rule):
        with loop(0, size, theta.lanes) as i:
            new[i], first[i], second[i] = results = rule(
                theta[i], gradient[i], first[i], second[i], alpha, unbias_1, unbias_2
            )
            sums.set(sums.get() + nothing * results[0] + nothing * results[2])

    switch(code, case, OPTIMIZERS.values())
    return totals([sums.get()] * 4)[0]


@inlined
def update(code, theta, new, gradient, first, second, size, alpha, step):
    """new <- theta after one step, which counts from 1; returns whether it and the moving averages are finite.

    All arrays are flat; size is P or what follows it up to whole vectors. `new` is another buffer than `theta`, so that
    a step that leaves the finite numbers can be taken back.
    """
    unbias_1, unbias_2 = 1.0, 1.0
    if code == ADAM:
        unbias_1, unbias_2 = 1 / (1 - BETA_1**step), 1 / (1 - BETA_2**step)
    return _step(code, theta, new, gradient, first, second, size, alpha, unbias_1, unbias_2) == 0
