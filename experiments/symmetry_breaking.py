"""Units that start equal stay equal, and move together.

Slide     Parameter initialization
Figure    spread between the units of a layer over training: exactly zero without noise, exponential from any noise
Control   noise of 0.1 on the start
Not here  how large the random start should be
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from scipy.special import expit

import core
from core.streams import replicate_seeds, stream
from experiments import datasets, style
from experiments.claim import Claim, exactly, means, on_average, slope
from experiments.config import criterion, key
from experiments.progress import track
from experiments.refusal import refused
from experiments.store import Result, Words

STEPS = {"headline": 1}
COST = "binary_cross_entropy"
TEST_POINTS = 1000
SHOWN = 4  # curves in the headline
ZERO = 1e-17  # where a logarithmic axis shows 0, well below eps


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    seeds: int = key("networks, each with its own two moons", at_least=2)
    observations: int = key("training points of each, even", at_least=4)
    learning_rate: float = key("of full-batch gradient descent", above=0)
    activations: list[str] = key("hidden activations tried at every width", one_of=("relu", "tanh", "sigmoid"))
    widths: list[int] = key("hidden units, one hidden layer", at_least=1)
    start_noise: float = key(
        "standard deviation added to identical and zero starts; the claims are about 0", at_least=0
    )
    epochs: int = key("steps at each width", at_least=1)
    width: int = key("hidden tanh units where performance and time to break are measured", at_least=2)
    settle: int = key("steps before performance is measured and noise is added", at_least=1)
    noises: list[float] = key("standard deviations of the noise, at least four, in equal decades", above=0)
    patience: int = key("steps allowed for the symmetry to break", at_least=1)
    every: int = key("steps between two looks", at_least=1)
    broken: float = key("spread that counts as broken", above=0)
    similar: float = criterion("accuracies that differ by less are the same", above=0)
    better: float = criterion("accuracy that a random start must gain", above=0)
    even: float = criterion("a decade of noise may cost this share more or less at one end than at the other", above=0)


def compute(cfg: Config) -> Result:
    if len(cfg.noises) < 4:
        raise refused("experiment.noises", cfg.noises, "at least four, since two slopes are fitted")
    X, y = training_sets(cfg)
    widths = [row for width in track(cfg.widths) for row in width_rows(cfg, X, y, width)]
    settled = trained(cfg, alike(cfg, cfg.width, "tanh"), X, y, cfg.settle).network
    curves = [spread_curve(cfg, settled, X, y, noise) for noise in track((0.0, *cfg.noises))]
    spread = np.stack(curves, axis=1)  # (n_seeds, 1 + n_noises, n_looks)
    time, performance = break_times(cfg, spread), pd.DataFrame(performance_rows(cfg, X, y))
    measured = {"width": pd.DataFrame(widths), "zeros": pd.DataFrame(zero_rows(cfg, X, y)),
                "performance": performance, "time": time, "pace": pace(time)}  # fmt: skip
    summaries = {"mean_time": means(time, ["noise"], "steps"),
                 "mean_accuracy": means(performance, ["arm"], "accuracy")}  # fmt: skip
    return Result(measured | summaries, {"spread": spread})


def training_sets(cfg: Config) -> tuple[np.ndarray, np.ndarray]:
    """X (R, n, 2) and y (R, n): two moons for each network."""
    sets = [datasets.moons(cfg.observations, stream(cfg.seed, "moons", r)) for r in range(cfg.seeds)]
    return np.stack([X for X, _ in sets]), np.stack([y for _, y in sets])


def alike(cfg: Config, width: int, activation: str, scheme: str = "identical") -> core.Network:
    """An ensemble of one-hidden-layer networks whose units are equal (identical or zeros), but for `start_noise`."""
    nets = start(cfg, width, activation, scheme)
    noise = [stream(cfg.seed, "start noise", r).standard_normal(nets.n_parameters) for r in range(cfg.seeds)]
    return replace(nets, theta=nets.theta + cfg.start_noise * np.stack(noise))


def start(cfg: Config, width: int, activation: str, scheme: str) -> core.Network:
    seeds = replicate_seeds(cfg.seed, cfg.seeds)
    return core.initialize((2, width, 1), scheme, seeds=seeds, activation=activation, output="sigmoid")


def trained(
    cfg: Config, nets: core.Network, X: np.ndarray, y: np.ndarray, epochs: int, looks: Iterable[int] = ()
) -> core.Fit:
    return core.train(nets, X, y, cost=COST, learning_rate=cfg.learning_rate, epochs=epochs, snapshots=looks)


def spread_of(network: core.Network, thetas: np.ndarray) -> np.ndarray:
    """Largest difference between two hidden units in any of their weights and biases, (…,) for theta (…, P)."""
    width = network.widths[1]
    by_unit = thetas[..., : 4 * width].reshape(*thetas.shape[:-1], 4, width)  # w_1, w_2, b and v of each unit
    return np.ptp(by_unit, axis=-1).max(axis=-1)


def width_rows(cfg: Config, X: np.ndarray, y: np.ndarray, width: int) -> Iterator[dict[str, object]]:
    """Largest spread over training, per activation and replicate; beside the first tanh network its twin on BLAS."""
    looks = range(0, cfg.epochs + 1, max(1, cfg.epochs // 10))
    for activation in cfg.activations:
        nets = alike(cfg, width, activation)
        fit = trained(cfg, nets, X, y, cfg.epochs, looks)
        for r, spread in enumerate(spread_of(nets, fit.snapshots).max(axis=-1)):
            yield dict(arm="kernels", activation=activation, width=width, replicate=r, spread=spread)
    yield dict(arm="blas", activation="tanh", width=width, replicate=0, spread=spread_with_blas(cfg, X[0], y[0], width))


def zero_rows(cfg: Config, X: np.ndarray, y: np.ndarray) -> Iterator[dict[str, object]]:
    """Cost after training from all-zero weights, per activation and replicate."""
    for activation in cfg.activations:
        fit = trained(cfg, alike(cfg, cfg.width, activation, "zeros"), X, y, cfg.epochs)
        for r, cost in enumerate(fit.cost[:, -1]):
            yield dict(activation=activation, replicate=r, cost=cost)


def spread_with_blas(cfg: Config, X: np.ndarray, y: np.ndarray, width: int) -> float:
    """The spread after the same training of identical tanh units, its products left to NumPy's BLAS."""
    (W, b), (v, c) = (tuple(map(np.array, layer)) for layer in alike(cfg, width, "tanh")[0].layers())
    for _ in range(cfg.epochs):
        A = np.tanh(X @ W + b)
        dZ = (expit(A @ v + c) - y[:, np.newaxis]) / len(y)
        dA = (dZ @ v.T) * (1 - A**2)
        W, b = W - cfg.learning_rate * (X.T @ dA), b - cfg.learning_rate * dA.sum(axis=0)
        v, c = v - cfg.learning_rate * (A.T @ dZ), c - cfg.learning_rate * dZ.sum(axis=0)
    return float(max(np.ptp(W, axis=1).max(), np.ptp(b), np.ptp(v)))


def performance_rows(cfg: Config, X: np.ndarray, y: np.ndarray) -> Iterator[dict[str, object]]:
    """Test accuracy of identical units, of one unit that starts as their sum, and of a random start."""
    equal = alike(cfg, cfg.width, "tanh")
    one = [core.Network.from_layers([(W[:, :1], b[:1]), (v.sum(axis=0, keepdims=True), c)], "tanh", "sigmoid")
           for (W, b), (v, c) in (equal[r].layers() for r in range(cfg.seeds))]  # fmt: skip
    arms = {"identical": equal, "one unit": replace(one[0], theta=np.stack([net.theta for net in one])),
            "random": start(cfg, cfg.width, "tanh", "glorot")}  # fmt: skip
    tests = [datasets.moons(TEST_POINTS, stream(cfg.seed, "test", r)) for r in range(cfg.seeds)]
    for arm, nets in arms.items():
        net = trained(cfg, nets, X, y, cfg.settle).network
        for r, (X_test, y_test) in enumerate(tests):
            yield dict(arm=arm, replicate=r, accuracy=np.mean((net[r](X_test)[:, 0] > 0.5) == y_test))


def spread_curve(cfg: Config, settled: core.Network, X: np.ndarray, y: np.ndarray, noise: float) -> np.ndarray:
    """Spread at every look, (n_seeds, n_looks), after noise is added to settled identical units."""
    kick = np.zeros_like(settled.theta)
    for r in range(cfg.seeds):  # one direction for all sizes: only the size differs
        kick[r] = noise * stream(cfg.seed, "kick", r).standard_normal(settled.n_parameters)
    looks = range(0, cfg.patience + 1, cfg.every)
    fit = trained(cfg, replace(settled, theta=settled.theta + kick), X, y, cfg.patience, looks)
    return spread_of(settled, fit.snapshots)


def break_times(cfg: Config, spread: np.ndarray) -> pd.DataFrame:
    """First look at which the spread counts as broken, NaN if never; one row per noise and replicate."""
    broken = spread[:, 1:] >= cfg.broken  # without the curve of no noise
    steps = np.where(broken.any(axis=-1), broken.argmax(axis=-1) * cfg.every, np.nan)
    return pd.DataFrame([dict(noise=noise, replicate=r, steps=steps[r, i])
                         for i, noise in enumerate(cfg.noises) for r in range(cfg.seeds)])  # fmt: skip


def pace(time: pd.DataFrame) -> pd.DataFrame:
    """Steps per decade of noise, fitted to the smaller and to the larger half of the noises; one row per replicate."""
    steps = time.pivot(index="replicate", columns="noise", values="steps").sort_index(axis=1)
    decades, half = -np.log10(steps.columns), steps.shape[1] // 2
    rows = zip(steps.index, steps.to_numpy(), strict=True)
    return pd.DataFrame([dict(replicate=r, steps_per_decade=slope(decades, row),
                              small_noise=slope(decades[:half], row[:half]),
                              large_noise=slope(decades[half:], row[half:])) for r, row in rows])  # fmt: skip


def claims(result: Result) -> Iterator[Claim]:
    cfg, tables = result.cfg, result.tables
    width, zeros, pace = tables["width"], tables["zeros"], tables["pace"]
    accuracy = tables["performance"].pivot(index="replicate", columns="arm", values="accuracy")
    yield exactly(
        "identical_stays_identical",
        f"Units that start identical stay identical, bit for bit, at every width from {min(cfg.widths)} to "
        f"{max(cfg.widths)} (largest spread).",
        width[width["arm"] == "kernels"]["spread"].max(), at_most=0.0,
    )  # fmt: skip
    yield on_average(
        "as_good_as_one_unit",
        f"{cfg.width} identical units classify as one unit does (difference of test accuracy).",
        (accuracy["identical"] - accuracy["one unit"]).to_numpy(), at_least=-cfg.similar, at_most=cfg.similar,
    )  # fmt: skip
    yield on_average(
        "random_is_better",
        f"{cfg.width} units that start at random classify better (difference of test accuracy).",
        (accuracy["random"] - accuracy["identical"]).to_numpy(), at_least=cfg.better,
    )  # fmt: skip
    yield on_average(
        "logarithmic_time",
        "Ten times less noise costs a constant number of further steps before the units part (steps per decade at "
        "small over large noise).",
        (pace["small_noise"] / pace["large_noise"]).to_numpy(), kind="rate",
        at_least=1 / (1 + cfg.even), at_most=1 + cfg.even,
    )  # fmt: skip
    silent = zeros[zeros["activation"] != "sigmoid"]
    yield exactly(
        "zeros_learn_nothing",
        "From all-zero weights, ReLU and tanh units, whose f(0) is 0, learn nothing: the cost stays at ln 2 (largest "
        "deviation).",
        (silent["cost"] - np.log(2)).abs().max(), at_most=4 * np.finfo(float).eps,
    )  # fmt: skip


def words(result: Result) -> dict[str, Words]:
    cfg, tables = result.cfg, result.tables
    steps = tables["pace"]["steps_per_decade"].mean(skipna=False)
    pace = f"{steps:,.0f} steps" if np.isfinite(steps) else "more steps than were taken"
    accuracy = {row.arm: f"{row.accuracy:.1%}" for row in tables["mean_accuracy"].itertuples()}
    blas = tables["width"][tables["width"]["arm"] == "blas"]
    drift = f"{(blas['spread'] > 0).sum()} of {len(blas)} widths"
    silent = amount(result.arrays["spread"][:, 0].max())
    kernels = amount(tables["width"][tables["width"]["arm"] == "kernels"]["spread"].max())
    return {
        "headline": Words(
            f"Spread between the {cfg.width} hidden units of a network that start alike. Without added noise it is "
            f"{silent}. Added noise grows until the units part: ten times less of it delays that by about {pace} (mean "
            f"of {cfg.seeds} networks).",
            f"Spread between units against training steps, log scale. Without added noise: {silent}. With noise from "
            f"{min(cfg.noises):.0e} to {max(cfg.noises):.0e}: lines that rise until the units part.",
        ),
        "time": Words(
            f"Steps until the units part against the size of the noise: about {pace} more for each decade less. Each "
            f"thin line is one of {cfg.seeds} networks; the band is the 95 % interval of their mean.",
            f"Steps until the symmetry breaks against noise, log axis: a line for each of {cfg.seeds} networks; their "
            f"mean falls by about {pace} per decade.",
        ),
        "accuracy": Words(
            f"Test accuracy on two moons: {cfg.width} identical units {accuracy['identical']}, one unit "
            f"{accuracy['one unit']}, {cfg.width} units from a random start {accuracy['random']}. Each line is one "
            "network.",
            f"Test accuracy: {cfg.width} identical units {accuracy['identical']}, one unit {accuracy['one unit']}, "
            f"random start {accuracy['random']}.",
        ),
        "blas": Words(
            f"The same identical start with the matrix products of a BLAS library: at {drift} the units drift apart, "
            "since the library adds the terms of different columns in different orders. With the kernels of this "
            f"suite the spread is {kernels}. Which widths drift depends on the library and the processor.",
            f"Spread between units against width. Kernels of this suite: {kernels}. BLAS: above 0 at {drift}.",
        ),
    }


def amount(spread: float) -> str:
    """A spread in words."""
    return "exactly 0" if spread == 0 else f"up to {spread:.0e}"


def draw(result: Result, panel: str, step: int | None) -> Figure:
    fig, ax = style.canvas()
    if panel == "headline":
        draw_spread(ax, result, step)
    else:
        {"time": draw_time, "accuracy": draw_accuracy, "blas": draw_blas}[panel](ax, result)
    return fig


def draw_spread(ax: Axes, result: Result, step: int | None) -> None:
    """Spread of the first network over training; build step 1 is without noise."""
    cfg, spread = result.cfg, result.arrays["spread"][0]
    steps = np.arange(spread.shape[1]) * cfg.every
    longest = result.tables["time"].query("replicate == 0")["steps"].fillna(cfg.patience).max()
    end = max(1.1 * longest, cfg.every)
    silent = spread[0].clip(ZERO)
    ax.plot(steps, silent, **style.look("identical", marker=False))
    text = f"no noise: {amount(spread[0].max())}"
    style.label(ax, 0.98 * end, silent[-1], text, "identical", ha="right", va="bottom")
    shown = np.linspace(1, spread.shape[0] - 1, min(SHOWN, len(cfg.noises))).astype(int)
    for i in shown if step != 1 else ():
        broken = spread[i] >= cfg.broken
        last = np.argmax(broken) if broken.any() else steps.size - 1  # beyond, the units have parted
        ax.plot(steps[: last + 1], spread[i, : last + 1], **style.look("random", marker=False))
        text = f"{'noise ' if i == shown[-1] else ''}$10^{{{np.log10(cfg.noises[i - 1]):.0f}}}$"
        style.label(ax, steps[last], spread[i, last], text, "random", ha="center", va="bottom")
    ax.set(yscale="log", xlim=(0, end), ylim=(ZERO / 10, 1e3), xlabel="training steps after the noise",
           ylabel="spread between the units")  # fmt: skip
    ax.set_yticks([ZERO, 1e-12, 1e-8, 1e-4, 1], ["0", "$10^{-12}$", "$10^{-8}$", "$10^{-4}$", "1"])
    ax.minorticks_off()


def draw_time(ax: Axes, result: Result) -> None:
    """Steps to break against noise: every network, and their mean."""
    steps = result.tables["time"].pivot(index="replicate", columns="noise", values="steps")
    mean = result.tables["mean_time"]
    style.seeds(ax, steps.columns, steps.to_numpy(), "random")
    style.band(ax, mean["noise"], mean["low"], mean["high"], "random")
    ax.plot(mean["noise"], mean["steps"], **style.look("random"))
    text = f"{len(steps)} networks\nand their mean"
    style.label(ax, 0.97, 0.9, text, "random", ha="right", va="top", xycoords="axes fraction")
    noises = steps.columns
    ax.set(
        xscale="log",
        xlim=(noises.min() / 2, noises.max() * 2),
        ylim=(0, 1.05 * steps.fillna(result.cfg.patience).max().max() + result.cfg.every),
        xlabel="size of the noise",
        ylabel="steps until the units part",
    )


def draw_accuracy(ax: Axes, result: Result) -> None:
    """Test accuracy by start: every network, and the mean with its interval."""
    accuracy = result.tables["performance"].pivot(index="replicate", columns="arm", values="accuracy")
    mean = result.tables["mean_accuracy"].set_index("arm")
    arms = {"identical": "identical", "one unit": "theory", "random": "random"}
    style.seeds(ax, range(3), accuracy[list(arms)].to_numpy(), "theory")
    for x, (arm, concept) in enumerate(arms.items()):
        at = mean.loc[arm]
        ax.errorbar(x, at["accuracy"], [[at["accuracy"] - at["low"]], [at["high"] - at["accuracy"]]],
                    **style.look(concept, line=False) | {"marker": "o"}, capsize=style.size("marker"))  # fmt: skip
    width = result.cfg.width
    ax.set_xticks(range(3), [f"{width} units,\nidentical start", "one unit", f"{width} units,\nrandom start"])
    ax.set(xlim=(-0.4, 2.4), ylabel="test accuracy on two moons")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def draw_blas(ax: Axes, result: Result) -> None:
    """Spread against width: these kernels, and a BLAS library."""
    largest = result.tables["width"].groupby(["arm", "width"])["spread"].max()
    ours, blas = largest["kernels"], largest["blas"]
    ax.plot(ours.index, ours.clip(lower=ZERO), **style.look("identical"))
    ax.plot(blas.index, blas.clip(lower=ZERO), **style.look("control", line=False))
    text = f"these kernels: {amount(ours.max())}"
    style.label(ax, ours.index[-1], max(ZERO, ours.iloc[-1]), text, "identical", ha="right", va="bottom")
    top = max(ZERO, blas.max())
    style.label(ax, blas.index[-1], top, "products from a BLAS library", "control", ha="right", va="bottom")
    ax.set(yscale="log", ylim=(ZERO / 10, max(1e-7, 1e3 * top)), xlabel="hidden units",
           ylabel=f"spread after {result.cfg.epochs} steps")  # fmt: skip
    ax.set_yticks([ZERO, 1e-14, 1e-11, 1e-8], ["0", "$10^{-14}$", "$10^{-11}$", "$10^{-8}$"])
    ax.minorticks_off()
