"""One sigmoid neuron is logistic regression: it cuts the input space in two.

Slide     Schema of a logistic regression; Putting multiple neurons together; Reminder - what individual neurons learn
Figure    the probability that a trained neuron gives to a tumour being malignant, and the line on which it is 1/2
Control   a hidden tanh layer in front of the neuron
Not here  what several neurons learn when they are trained together
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from sklearn.linear_model import LogisticRegression

import core
from core.streams import replicate_seeds, stream
from experiments import datasets, style
from experiments.claim import Claim, exactly
from experiments.config import criterion, key
from experiments.progress import track
from experiments.refusal import refused
from experiments.store import Result, Words

COST = "binary_cross_entropy"
REAL = "breast cancer"
MARGIN = 0.4  # of the grid around the data, in standard deviations
FLAT = 1e-6  # a map that differs by less shows one colour
COEFFICIENTS = ("intercept", "w_1", "w_2")


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    features: list[str] = key("two of the features of scikit-learn's breast cancer set")
    hidden_units: int = key("tanh units in front of the neuron; the claims are about 0", at_least=0)
    sets: int = key("synthetic sets beside the real one", at_least=1)
    observations: int = key("points in each synthetic set", at_least=20)
    starts: int = key("random starts of the neuron that is to learn XOR", at_least=1)
    learning_rate: float = key("of full-batch gradient descent", above=0)
    epochs: int = key("steps of training", at_least=1)
    grid: int = key("points of the drawn maps in each direction", at_least=2)
    agreement: float = criterion("largest allowed difference of a coefficient from the maximum-likelihood fit", above=0)


def compute(cfg: Config) -> Result:
    if len(cfg.features) != 2 or not set(cfg.features) <= set(datasets.BREAST_CANCER):
        raise refused("experiment.features", cfg.features, f"two of {', '.join(datasets.BREAST_CANCER)}")
    sets = {REAL: datasets.breast_cancer(cfg.features)}
    sets |= {f"synthetic {r}": datasets.logistic(cfg.observations, stream(cfg.seed, "set", r)) for r in range(cfg.sets)}
    fits = {name: trained(cfg, X, y, 1) for name, (X, y) in track(sets.items(), total=len(sets))}
    rows = [row for name, (X, y) in sets.items() for row in coefficient_rows(name, fits[name][0], X, y)]
    X, y = sets[REAL]
    probability, x_1, x_2 = grid_map(cfg, fits[REAL][0], X)
    arrays = {"X": X, "y": y, "probability": probability, "x_1": x_1, "x_2": x_2}
    starts, xor_arrays = xor(cfg)
    return Result({"coefficients": pd.DataFrame(rows), "xor": starts}, arrays | xor_arrays)


def trained(cfg: Config, X: np.ndarray, y: np.ndarray, starts: int) -> core.Network:
    """An ensemble of sigmoid neurons, one per start, after gradient descent."""
    widths = (2, cfg.hidden_units, 1) if cfg.hidden_units else (2, 1)
    nets = core.initialize(
        widths, "glorot", seeds=replicate_seeds(cfg.seed, starts), activation="tanh", output="sigmoid"
    )
    return core.train(nets, X, y, cost=COST, learning_rate=cfg.learning_rate, epochs=cfg.epochs).network


def coefficient_rows(name: str, net: core.Network, X: np.ndarray, y: np.ndarray) -> Iterator[dict[str, object]]:
    """Intercept and two slopes, as the network has them and as the independent fit has them.

    The network's are read off its log-odds at the origin and the unit vectors, so that any network has them.
    """
    log_odds = net.forward(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])).Z[-1][:, 0]
    ours = (log_odds[0], *(log_odds[1:] - log_odds[0]))
    fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(X, y)
    for coefficient, neuron, likelihood in zip(COEFFICIENTS, ours, (*fit.intercept_, *fit.coef_[0]), strict=True):
        yield dict(set=name, coefficient=coefficient, neuron=neuron, maximum_likelihood=likelihood)


def grid_map(cfg: Config, net: core.Network, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The network on a grid around X, (grid, grid), and the grid's two axes (grid,)."""
    x_1, x_2 = (np.linspace(low - MARGIN, high + MARGIN, cfg.grid)
                for low, high in zip(X.min(axis=0), X.max(axis=0), strict=True))  # fmt: skip
    points = np.stack(np.meshgrid(x_1, x_2), axis=-1).reshape(-1, 2)
    return net(points).reshape(cfg.grid, cfg.grid), x_1, x_2


def xor(cfg: Config) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Final cost of a neuron from every start; and of the best start and of two ReLU units by hand, map and answers."""
    X, y = datasets.xor()
    nets, by_hand = trained(cfg, X, y, cfg.starts), core.constructions.xor()
    J, _ = nets.gradient(X, y, COST)
    neuron, bit_1, bit_2 = grid_map(cfg, nets[int(np.argmin(J))], X)
    two_units, _, _ = grid_map(cfg, by_hand, X)
    arrays = {"xor_X": X, "xor_y": y, "xor_answers": by_hand(X)[:, 0], "xor_neuron": neuron, "xor_by_hand": two_units,
              "bit_1": bit_1, "bit_2": bit_2}  # fmt: skip
    return pd.DataFrame({"start": range(cfg.starts), "cost": J}), arrays


def claims(result: Result) -> Iterator[Claim]:
    coefficients, arrays = result.tables["coefficients"], result.arrays
    yield exactly(
        "is_logistic_regression",
        f"A trained sigmoid neuron has the coefficients of logistic regression, on breast cancer and "
        f"{result.cfg.sets} synthetic sets (largest difference).",
        (coefficients["neuron"] - coefficients["maximum_likelihood"]).abs().max(),
        at_most=result.cfg.agreement,
    )
    yield exactly(
        "xor_out_of_reach",
        "One neuron cannot do exclusive or: from every start it ends at a cost of ln 2, a coin's (largest deviation).",
        (result.tables["xor"]["cost"] - np.log(2)).abs().max(),
        kind="bound",
        at_most=8 * np.finfo(float).eps,  # the mean of four losses of about ln 2, each rounded twice
    )
    yield exactly(
        "two_units_do_xor",
        "Two hidden units with weights written by hand do exclusive or (largest error).",
        np.abs(arrays["xor_answers"] - arrays["xor_y"]).max(),
        kind="constructive",
        at_most=0.0,
    )


def words(result: Result) -> dict[str, Words]:
    cfg, coefficients, arrays = result.cfg, result.tables["coefficients"], result.arrays
    difference = (coefficients["neuron"] - coefficients["maximum_likelihood"]).abs().max()
    first, second = cfg.features
    line = "the line" if cfg.hidden_units == 0 else "the curve"
    least, (low, high) = (
        result.tables["xor"]["cost"].min(),
        (np.min(arrays["xor_neuron"]), np.max(arrays["xor_neuron"])),
    )
    return {
        "headline": Words(
            f"{called(cfg)}, trained on {len(arrays['y'])} tumours: the probability of being malignant, from {first} "
            f"and {second}, and {line} on which it is 1/2.",
            f"Map of a probability over {first} and {second}, with the tumours as points: mostly benign on one side of "
            f"{line} where it is 1/2, mostly malignant on the other.",
        ),
        "agreement": Words(
            f"Coefficients of {cfg.sets + 1} trained networks ({called(cfg).lower()}) against those of an independent "
            f"maximum-likelihood fit: the largest difference is {difference:.0e}.",
            f"Trained coefficients against maximum-likelihood coefficients on {cfg.sets + 1} data sets, with the "
            f"diagonal: the largest difference is {difference:.0e}.",
        ),
        "xor": Words(
            f"Exclusive or. Left: {called(cfg).lower()}, trained, answers between {low:.2f} and {high:.2f}; its cost "
            f"is {least:.4f}, that of a coin is ln 2 = 0.6931. Right: two hidden ReLU units with weights written by "
            "hand are right at all four points.",
            f"Two maps over two bits. {called(cfg)}: between {low:.2f} and {high:.2f}. Two hidden units by hand: a "
            "band of ones between two corners of zeros, right at all four points.",
        ),
    }


def called(cfg: Config) -> str:
    """What is trained, by its name."""
    return "One neuron" if cfg.hidden_units == 0 else f"A neuron behind {cfg.hidden_units} tanh units"


def draw(result: Result, panel: str, step: int | None) -> Figure:
    return {"headline": draw_half_spaces, "agreement": draw_agreement, "xor": draw_xor}[panel](result)


def draw_half_spaces(result: Result) -> Figure:
    """Probability over the two features, and the line where it is 1/2."""
    fig, ax = style.canvas()
    arrays = result.arrays
    image = map_of(ax, arrays["x_1"], arrays["x_2"], arrays["probability"])
    for value, name, x, ha in ((0, "benign", 0.02, "left"), (1, "malignant", 0.98, "right")):
        X = arrays["X"][arrays["y"] == value]
        ax.plot(*X.T, **style.look(f"class{value}", line=False), markersize=0.8 * style.size("marker"),
                markeredgecolor=style.ground(), markeredgewidth=0.1 * style.size("line"))  # fmt: skip
        style.label(ax, x, 0.04, name, ha=ha, va="bottom", xycoords="axes fraction", xytext=(0, 0))
    bar = fig.colorbar(image, ax=ax, ticks=[0, 0.5, 1])
    bar.set_label("probability of malignant")
    ax.set(xlabel=f"{result.cfg.features[0]} (standard deviations)", ylabel=result.cfg.features[1])
    return fig


def map_of(ax: Axes, x_1: np.ndarray, x_2: np.ndarray, values: np.ndarray) -> AxesImage:
    """A function of two inputs with values in 0 … 1, and its level 1/2."""
    extent = (x_1[0], x_1[-1], x_2[0], x_2[-1])
    image = ax.imshow(
        values, origin="lower", extent=extent, aspect="auto", vmin=0, vmax=1, cmap=style.classes(), alpha=0.5
    )
    if np.ptp(values) > FLAT:  # a flat map has no such line
        ax.contour(x_1, x_2, values, levels=[0.5], colors=[style.ink()], linewidths=style.size("line"))
    return image


def draw_agreement(result: Result) -> Figure:
    """Coefficients of the neurons against the independent fit."""
    fig, ax = style.canvas()
    coefficients = result.tables["coefficients"]
    ax.axline((0, 0), slope=1, **style.look("theory"))
    for real, concept, name in ((False, "trained", "synthetic sets"), (True, "class1", REAL)):
        rows = coefficients[(coefficients["set"] == REAL) == real]
        ax.plot(rows["maximum_likelihood"], rows["neuron"], **style.look(concept, line=False), label=name, alpha=0.8)
    ax.legend(loc="upper left")
    ax.set(xlabel="coefficient by maximum likelihood", ylabel="coefficient of the neuron")
    return fig


def draw_xor(result: Result) -> Figure:
    """What one neuron makes of exclusive or, and what two hidden units do."""
    fig, axes = style.canvas(1, 2, sharey=True)
    arrays = result.arrays
    titles = {"xor_neuron": called(result.cfg).lower(), "xor_by_hand": "two hidden units"}
    for ax, (values, title) in zip(axes, titles.items(), strict=True):
        map_of(ax, arrays["bit_1"], arrays["bit_2"], np.clip(arrays[values], 0, 1))
        for value in (0, 1):
            ax.plot(*arrays["xor_X"][arrays["xor_y"] == value].T, **style.look(f"class{value}", line=False),
                    markersize=2 * style.size("marker"), markeredgecolor=style.ink(), label=str(value))  # fmt: skip
        ax.set(xlabel=f"$x_1$\n{title}", xticks=[0, 1], yticks=[0, 1])
    if np.ptp(arrays["xor_neuron"]) < FLAT:
        style.label(axes[0], 0.5, 0.5, f"{np.mean(arrays['xor_neuron']):.2f} everywhere", ha="center", xytext=(0, 0))
    axes[0].set(ylabel="$x_2$")
    return fig
