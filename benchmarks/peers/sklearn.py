"""scikit-learn's MLPRegressor and MLPClassifier, through `fit`; networks side by side are trained one after another.

Two of its conventions are others, and undone here: its squared error has a factor 1/2, and its Adam adds epsilon to the
root of the average before the correction for the start. The rest, weights at the start and batches too, is equal.
"""

import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor, _multilayer_perceptron
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

from benchmarks.workloads import Problem

ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
FOREVER = 10**9  # epochs without progress before it stops


class Drawn(np.random.RandomState):
    """A generator whose shuffles are drawn already: scikit-learn shuffles the order it shuffled before."""

    def __init__(self, order: np.ndarray):
        super().__init__(0)
        self.order, self.epoch = order, 0

    def shuffle(self, x):
        place = np.argsort(self.order[self.epoch - 1]) if self.epoch else np.arange(x.size)
        x[:] = place[self.order[self.epoch]]
        self.epoch += 1


class Adam(AdamOptimizer):
    """Algorithm 1 of Kingma and Ba 2015, with epsilon where Algorithm 1 has it."""

    epsilon: float

    def _get_updates(self, grads):
        given = self.epsilon
        self.epsilon = given * np.sqrt(1 - self.beta_2 ** (self.t + 1))
        updates = super()._get_updates(grads)
        self.epsilon = given
        return updates


_multilayer_perceptron.AdamOptimizer = Adam


def training(problem: Problem) -> Callable[[], np.ndarray]:
    warnings.simplefilter("ignore", ConvergenceWarning)  # it always uses up its epochs
    w, half = problem.workload, 0.5 if problem.workload.cost == "mse" else 1.0
    y = problem.Y.argmax(axis=1) if w.cost == "cross_entropy" else problem.Y.ravel()
    model = (MLPRegressor if w.cost == "mse" else MLPClassifier)(
        hidden_layer_sizes=w.widths[1:-1],
        activation=ACTIVATIONS[w.activation],
        solver="adam" if w.optimizer == "adam" else "sgd",
        alpha=0,
        batch_size=w.batch,
        learning_rate_init=w.learning_rate
        / (1 if w.optimizer == "adam" else half),  # Adam feels a factor in epsilon alone
        epsilon=1e-8 * half,
        max_iter=1,
        shuffle=w.steps > 1,
        tol=0,
        n_iter_no_change=FOREVER,
        momentum=0.9 if w.optimizer == "momentum" else 0,
        nesterovs_momentum=False,
    )
    model.fit(problem.X, y)  # makes what a warm start needs
    model.set_params(warm_start=True, max_iter=problem.epochs)

    def trained(theta: np.ndarray) -> list[float]:
        model.coefs_, model.intercepts_ = split(theta, w.widths)
        model.t_, model.loss_curve_ = 0, []
        return model.set_params(random_state=Drawn(problem.order)).fit(problem.X, y).loss_curve_

    def run() -> np.ndarray:
        costs = np.array([trained(theta) for theta in np.atleast_2d(problem.theta)]) / half
        return costs if problem.theta.ndim > 1 else costs[0]

    return run


def split(theta, widths):
    """[W^[1], …] and [b^[1], …], copies, from theta (P,)."""
    weights, biases, start = [], [], 0
    for p, q in pairwise(widths):
        weights.append(theta[start : start + p * q].reshape(p, q).copy())
        biases.append(theta[start + p * q : start + p * q + q].copy())
        start += p * q + q
    return weights, biases
