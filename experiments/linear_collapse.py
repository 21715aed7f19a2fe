"""Without a non-linearity, a deep network is one affine map.

Slide     Why non-linear activation functions?
Figure    deviation of a deep network from one affine map, against depth: round-off without f, order one with a ReLU
Control   ReLU in every hidden layer: neither map nor optimum is affine; no ReLU in the contrast: nothing is gained
Not here  how non-linear units compare with one another; whether depth then helps (depth_vs_width)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import core
from core.streams import replicate_seeds, stream
from experiments import datasets, style
from experiments.claim import Claim, exactly, means, on_average
from experiments.config import criterion, key
from experiments.progress import track
from experiments.refusal import refused
from experiments.store import Result, Words

STEPS = {"headline": 1}
TASKS = ("xor", "moons", "circles", "sine")
CONCEPTS = {"linear": "linear", "one_layer": "relu"}  # looks of the two arms
NAMES = {"identity": "identity", "relu": "ReLU", "tanh": "tanh"}


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    seeds: int = key("networks per depth", at_least=2)
    activation: str = key("of every hidden layer; the claim is about identity", one_of=("identity", "relu", "tanh"))
    contrast: str = key("of the one non-linear layer in the networks beside", one_of=("relu", "tanh", "identity"))
    depths: list[int] = key("L, layers with weights, of the networks compared with one affine map", at_least=1)
    width: int = key("units in each of their hidden layers", at_least=1)
    points: int = key("inputs at which they are compared", at_least=1)
    trained_depths: list[int] = key("L of the networks that are trained", at_least=1)
    trained_width: int = key("units in each of their hidden layers", at_least=1)
    observations: int = key("training points, even; xor has its four", at_least=4, at_most=100_000)
    learning_rate: float = key(
        "of full-batch gradient descent with momentum, at depth 1; depth L takes its L-th part", above=0
    )
    epochs: int = key("steps of training", at_least=1)
    round_off: float = criterion("allowed deviation, in units of L width eps", above=0)
    gap: float = criterion("allowed distance of a trained cost from the affine optimum", above=0)
    improvement: float = criterion(
        "share of the affine optimum's cost that one ReLU layer must save", at_least=0, below=1
    )


def compute(cfg: Config) -> Result:
    for name in ("depths", "trained_depths"):
        if max(getattr(cfg, name), default=0) < 2:
            raise refused(f"experiment.{name}", getattr(cfg, name), "a depth of 2 or more, to have a hidden layer")
    deviation = pd.DataFrame([row for depth in track(cfg.depths) for row in deviation_rows(cfg, depth)])
    cost = pd.DataFrame([row for task in track(TASKS) for row in cost_rows(cfg, task)])
    tables = {
        "deviation": deviation,
        "cost": cost,
        "typical": typical(deviation),
        "share": means(cost, ["task", "arm", "depth"], "share"),
    }
    return Result(tables)


def deviation_rows(cfg: Config, depth: int) -> Iterator[dict[str, object]]:
    """One row per arm, precision and replicate: largest |net(X) - (X Ŵ + b̂)|, relative to the largest |net(X)|."""
    widths = (2, *[cfg.width] * (depth - 1), 1)
    X = stream(cfg.seed, "points").standard_normal((cfg.points, 2))
    for replicate, seed in enumerate(replicate_seeds(cfg.seed, cfg.seeds)):
        start = core.initialize(widths, "he", seeds=seed, activation="identity")
        biases = stream(cfg.seed, "biases", depth, replicate).standard_normal(start.n_parameters) / 10
        net = replace(start, theta=start.theta + biases)
        for arm, activation in arms(cfg, depth).items():
            for precision in ("float64", "float32"):
                rounded = replace(net, theta=net.theta.astype(precision), activation=activation)
                outputs = rounded(X)
                W, b = affine_map(rounded)
                deviation = np.abs(outputs - (X.astype(precision) @ W + b)).max() / np.abs(outputs).max()
                unit = depth * cfg.width * np.finfo(precision).eps
                yield dict(arm=arm, precision=precision, depth=depth, replicate=replicate,
                           deviation=float(deviation), unit=unit)  # fmt: skip


def typical(deviation: pd.DataFrame) -> pd.DataFrame:
    """Median over replicates."""
    return deviation.groupby(["arm", "precision", "depth", "unit"], as_index=False)["deviation"].median()


def arms(cfg: Config, depth: int) -> dict[str, tuple[str, ...]]:
    """Activations by arm: the claim's, and beside it a network with one non-linear layer, the first."""
    hidden = depth - 1
    return {"linear": (cfg.activation,) * hidden} | (
        {"one_layer": (cfg.contrast, *["identity"] * (hidden - 1))} if hidden else {}
    )


def affine_map(net: core.Network) -> tuple[np.ndarray, np.ndarray]:
    """Ŵ = W^[1] … W^[L] and b̂, as the slide multiplies them out."""
    W, b = net.layers()[0]
    for W_l, b_l in net.layers()[1:]:
        W, b = W @ W_l, b @ W_l + b_l
    return W, b


def cost_rows(cfg: Config, task: str) -> Iterator[dict[str, object]]:
    """One row per arm, depth and replicate: cost after training, and the cost of the best affine map."""
    makers = {"moons": datasets.moons, "circles": datasets.circles, "sine": datasets.sine}
    sets = [
        makers[task](cfg.observations, stream(cfg.seed, task, r)) if task in makers else datasets.xor()
        for r in range(cfg.seeds)
    ]
    X, y = (np.stack(parts) for parts in zip(*sets, strict=True))
    output, cost = ("identity", "mse") if task == "sine" else ("sigmoid", "binary_cross_entropy")
    best = [affine_optimum(*data, cost) for data in sets]
    for depth in cfg.trained_depths:
        widths = (X.shape[-1], *[cfg.trained_width] * (depth - 1), 1)
        for arm, activation in arms(cfg, depth).items():
            seeds = replicate_seeds(cfg.seed, cfg.seeds)
            start = core.initialize(widths, "glorot", seeds=seeds, activation=activation, output=output)
            fit = core.train(start, X, y, cost=cost, optimizer="momentum", learning_rate=cfg.learning_rate / depth,
                             epochs=cfg.epochs)  # fmt: skip
            J, _ = fit.network.gradient(X, y, cost)
            J = np.where(fit.diverged, np.nan, J)
            for replicate in range(cfg.seeds):
                yield dict(task=task, arm=arm, depth=depth, replicate=replicate, cost=J[replicate],
                           affine=best[replicate], share=J[replicate] / best[replicate])  # fmt: skip


def affine_optimum(X: np.ndarray, y: np.ndarray, cost: str) -> float:
    """The least cost of X w + b: least squares, or Newton's method on the logistic likelihood."""
    A = np.column_stack([X, np.ones(len(X))])
    if cost == "mse":
        return float(np.mean((A @ np.linalg.lstsq(A, y)[0] - y) ** 2))
    w = np.zeros(A.shape[1])
    for _ in range(50):  # converges quadratically
        p = 1 / (1 + np.exp(-(A @ w)))
        w -= np.linalg.solve((A.T * (p * (1 - p))) @ A, A.T @ (p - y))
    z = A @ w
    return float(np.mean(np.logaddexp(0, z) - y * z))


def claims(result: Result) -> Iterator[Claim]:
    cfg, deviation = result.cfg, result.tables["deviation"]
    linear = deviation[deviation["arm"] == "linear"]
    yield exactly(
        "one_affine_map",
        f"A linear network of depth {min(cfg.depths)} to {max(cfg.depths)} computes the affine map X Ŵ + b̂; "
        "the deviation is round-off, in units of L × width × eps.",
        (linear["deviation"] / linear["unit"]).max(),
        at_most=cfg.round_off,
    )
    yield on_average(
        "same_optimum",
        "Trained, linear networks of every depth end at the cost of the best affine map (largest gap over depths "
        "and tasks).",
        gaps(result).groupby("replicate")["gap"].max(skipna=False).to_numpy(),
        at_most=cfg.gap,
    )
    yield on_average(
        "relu_goes_further",
        "One ReLU layer is enough to go below that cost (share saved, on the task where it saves least).",
        savings(result),
        at_least=cfg.improvement,
    )


def gaps(result: Result) -> pd.DataFrame:
    """Distance of each linear network's cost from the affine optimum."""
    cost = result.tables["cost"]
    return cost[cost["arm"] == "linear"].assign(gap=lambda rows: (rows["cost"] - rows["affine"]).abs())


def savings(result: Result) -> np.ndarray:
    """Share of the affine cost that a ReLU layer saves, (n_seeds,): mean over depths, least over tasks."""
    cost = result.tables["cost"]
    relu = cost[cost["arm"] == "one_layer"].assign(saved=lambda rows: 1 - rows["share"])
    saved = relu.pivot(index=["replicate", "task"], columns="depth", values="saved").mean(axis=1, skipna=False)
    return saved.unstack("task").min(axis=1, skipna=False).to_numpy()  # a run that diverged is NaN and stays NaN


def words(result: Result) -> dict[str, Words]:
    cfg, deviation = result.cfg, result.tables["deviation"].groupby(["arm", "precision"])["deviation"]
    double, single = (f"{deviation.max()['linear', precision]:.0e}" for precision in ("float64", "float32"))
    least = f"{deviation.min()['one_layer', 'float64']:.0e}"
    linear, contrast = labels(cfg).values()
    gap, saved = f"{gaps(result)['gap'].max():.0e}", f"{savings(result).mean():.0%}"
    return {
        "headline": Words(
            f"Networks of depth 1 to {max(cfg.depths)} against the one affine map XŴ + b̂ that their weights multiply "
            f"out to. With {linear} they differ from it by at most {double} of the output in double and {single} in "
            f"single precision; with {contrast} by at least {least}.",
            f"Deviation from one affine map against depth, log scale. With {linear}: at most {double} in double, "
            f"{single} in single precision. With {contrast}: {least} or more.",
        ),
        "training": Words(
            f"Cost after training over the cost of the best affine map, on four tasks. With {linear} the largest gap "
            f"between the two is {gap}; {contrast} saves {saved} of that cost on the task where it saves least.",
            f"Cost after training divided by the cost of the best affine map, against depth, on four tasks. With "
            f"{linear}: largest gap {gap}. With {contrast}: {saved} lower where it is least.",
        ),
    }


def draw(result: Result, panel: str, step: int | None) -> Figure:
    return draw_training(result) if panel == "training" else draw_deviation(result, step)


def labels(cfg: Config) -> dict[str, str]:
    """What the arms are called, after what they really are."""
    every = "no non-linearity" if cfg.activation == "identity" else f"{NAMES[cfg.activation]} in every layer"
    return {"linear": every, "one_layer": f"one {NAMES[cfg.contrast]} layer"}


def draw_deviation(result: Result, step: int | None) -> Figure:
    """Deviation against depth; build step 1 is without the contrast."""
    fig, ax = style.canvas()
    typical, measured = (result.tables[name].query("deviation > 0").set_index(["arm", "precision"])
                         for name in ("typical", "deviation"))  # fmt: skip
    called = labels(result.cfg)
    texts = {("linear", "float64"): f"{called['linear']},\ndouble precision",
             ("linear", "float32"): f"{called['linear']},\nsingle precision",
             ("one_layer", "float64"): called["one_layer"]}  # fmt: skip
    for arm, text in texts.items():
        if arm not in typical.index or (step == 1 and arm[0] == "one_layer"):
            continue  # an exact 0 has no place on a logarithmic axis
        line, points, concept = typical.loc[[arm]], measured.loc[[arm]], CONCEPTS[arm[0]]
        ax.plot(points["depth"], points["deviation"], **style.look(concept, line=False), alpha=0.15, markeredgewidth=0)
        ax.plot(line["depth"], line["deviation"], **style.look(concept))
        style.label(ax, line["depth"].iloc[-1], line["deviation"].iloc[-1], text, concept)
    note = style.size("note")
    for _, bound in result.tables["typical"].query("arm == 'linear'").groupby("precision"):
        ax.plot(bound["depth"], bound["unit"], **style.look("theory"))
        style.label(ax, bound["depth"].iloc[-1], bound["unit"].iloc[-1], "round-off bound", "theory", fontsize=note)
    ax.set(yscale="log", ylim=(1e-17, 1e2), xlim=(0, max(result.cfg.depths) * 1.02), xlabel="depth $L$",
           ylabel="deviation from one affine map\n(share of the output)")  # fmt: skip
    ax.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    return fig


def draw_training(result: Result) -> Figure:
    """Cost after training against depth, as a share of the affine optimum: one column per task."""
    fig, axes = style.canvas(1, len(TASKS), sharey=True)
    share = result.tables["share"].set_index(["arm", "task"])
    for ax, task in zip(axes, TASKS, strict=True):
        for arm, concept in CONCEPTS.items():
            line = share.loc[(arm, task)]
            style.band(ax, line["depth"], line["low"], line["high"], concept)
            ax.plot(line["depth"], line["share"], **style.look(concept))
        ax.set(xlabel=task, ylim=(-0.03, 1.15), xticks=[1, max(result.cfg.trained_depths)])
    note = dict(ha="left", xycoords="axes fraction", fontsize=style.size("tick"))
    for (arm, text), height in zip(labels(result.cfg).items(), (0.97, 0.5), strict=True):
        style.label(axes[0], 0.02, height, text, CONCEPTS[arm], **note)
    axes[0].set(ylabel="cost / cost of the best affine map")
    fig.supxlabel("depth $L$", fontsize=style.size("label"))
    return fig
