"""One step of each optimiser: (theta, first, second) after it, from a vector of each and of the gradient.

`first` and `second` are moving averages of the gradient and of its square, zero before step 1. alpha is the learning
rate; unbias_1 and unbias_2 are 1 / (1 - beta^step), the factors that make up for that zero.
"""

from core.kernels.jit import inlined
from core.kernels.lanes import Value, Variable, fma, loop, outlined, sqrt, switch, totals, traced

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
    """Kingma and Ba 2015, Algorithm 1, with the root of unbias_2 taken out of the fraction."""
    first = BETA_1 * first + (1 - BETA_1) * gradient
    second = BETA_2 * second + (1 - BETA_2) * gradient * gradient
    root = sqrt(unbias_2)
    return theta - (alpha * unbias_1 / root) * first / (sqrt(second) + EPSILON / root), first, second


OPTIMIZERS = {"gd": gd, "momentum": momentum, "adam": adam}  # the position is the integer that kernels know it by
ADAM = list(OPTIMIZERS).index("adam")


@traced
def _step(code, theta, new, gradient, first, second, size, alpha, unbias_1, unbias_2) -> Value:
    """The step, and a number that is not finite where an entry of new or second is not: 0 x is NaN then."""
    sums = Variable(theta.zeros())

    def case(name):
        def body(theta, new, gradient, first, second, size, alpha, unbias_1, unbias_2):
            nothing = theta.zeros()
            sums = [Variable(nothing) for _ in range(3)]  # one for each array: they need not wait for one another
            with loop(0, size, theta.lanes) as i:
                averages = first[i], second[i]
                stepped, *after = OPTIMIZERS[name](theta[i], gradient[i], *averages, alpha, unbias_1, unbias_2)
                for array, value, sum in zip((new, first, second), (stepped, *after), sums, strict=True):
                    if value not in averages:  # what a rule hands back as it was need not be read nor written
                        array[i] = value
                        sum.set(fma(nothing, value, sum.get()))
            return sums[0].get() + (sums[1].get() + sums[2].get())

        sums.set(outlined(name, body, theta, new, gradient, first, second, size, alpha, unbias_1, unbias_2))

    switch(code, case, OPTIMIZERS)
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
