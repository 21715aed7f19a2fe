"""Feed-forward networks and their mathematics: the lecture's formulas over compiled kernels.

    nets = core.initialize((2, 16, 1), scheme="he", seeds=range(64), activation="relu", output="sigmoid")
    fit = core.train(nets, X, y, cost="binary_cross_entropy", optimizer="adam", learning_rate=1e-3, epochs=50)
    fit.network(X)
    core.regions.count(core.from_torch(model), box=[[-1, 1], [-1, 1]])

Nothing here knows of experiments, configurations or figures.
"""

from core import constructions, regions, streams
from core.initialization import initialize
from core.loading import from_sklearn, from_torch
from core.network import Network, Propagation
from core.training import Fit, train

__all__ = [
    "Fit",
    "Network",
    "Propagation",
    "constructions",
    "from_sklearn",
    "from_torch",
    "initialize",
    "regions",
    "streams",
    "train",
]
