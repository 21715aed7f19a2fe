"""One wide layer approximates any continuous function, as closely as its width allows.

Slide     The Universal Approximator Theorem; Intuition behind the Universal Approximation Theorem
Figure    largest error of one hidden layer against its width, constructed and trained, for four kinds of target
Control   a polynomial f (the identity), which approximates nothing beyond its degree; a ramp in place of the step
Not here  why training stops short of what can be represented; what depth saves (depth_vs_width)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import core
from core.streams import replicate_seeds, stream
from experiments import style
from experiments.claim import Claim, exactly, means, on_average, slope
from experiments.config import criterion, key
from experiments.progress import track
from experiments.store import Result, Words

BUMPS = (1, 2, 4, 16)  # the slide's intuition, one build step each
STEPS = {"bumps": len(BUMPS) - 1}
CURVE = 501  # points of a drawn curve


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    seeds: int = key("targets of each kind, and networks trained at each width", at_least=2)
    activation: str = key("of the hidden layer; the claims are about relu", one_of=("relu", "identity"))
    widths: list[int] = key("hidden units of the constructed networks", at_least=1)
    smallest_fitted: int = key("width from which slopes are fitted to constructed errors", at_least=1)
    resolution: int = key("points between two knots at which the error is taken", at_least=1)
    ramp: float = key("width of the ramp that stands for the step; the claim is about 0", at_least=0, below=1)
    trained_widths: list[int] = key("hidden units of the trained networks", at_least=1)
    points: int = key("training points on [0, 1]", at_least=2)
    learning_rate: float = key("of Adam, full batch", above=0)
    epochs: int = key("steps of training", at_least=1)
    steepness: float = key("of the sigmoids that make a bump", above=0)
    around_two: float = criterion("how far the slope on smooth targets may be from -2", above=0)
    kept_pace: float = criterion("slope that trained networks must reach or undercut", below=0)


class Target(NamedTuple):
    """A function on [0, 1] and where it jumps from 0 to 1, if it does."""

    f: Callable[[np.ndarray], np.ndarray]
    jump: float | None = None


def targets(cfg: Config, replicate: int) -> dict[str, Target]:
    """A random member of each kind, with values of order 1."""
    rng = stream(cfg.seed, "target", replicate)
    (one, two), place = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.3, 0.7)
    waves = Target(lambda x: 0.6 * np.sin(2 * np.pi * x + one) + 0.3 * np.sin(5 * np.pi * x + two))
    ramp = Target(lambda x: np.clip((x - place) / cfg.ramp + 0.5, 0, 1))
    step = Target(lambda x: np.where(x < place, 0.0, 1.0), place)
    return {"smooth": waves, "kink": Target(lambda x: np.abs(x - place)), "step": ramp if cfg.ramp else step}


def compute(cfg: Config) -> Result:
    constructed = pd.DataFrame([row for width in track(cfg.widths) for row in constructed_rows(cfg, width)])
    trained = pd.DataFrame([row for width in track(cfg.trained_widths) for row in trained_rows(cfg, width)])
    error = pd.concat([constructed, trained], ignore_index=True)
    typical = means(error.assign(log_error=np.log10(error["error"])), ["arm", "target", "width"], "log_error")
    return Result({"error": error, "slope": slopes(cfg, error), "typical": typical}, bump_curves(cfg))


def constructed_rows(cfg: Config, width: int) -> Iterator[dict[str, object]]:
    """Largest error of the network through the target's values at width + 1 even knots; one row per replicate, "
    "target."""
    knots, x = np.linspace(0, 1, width + 1), np.linspace(0, 1, width * cfg.resolution + 1)
    for r in range(cfg.seeds):
        for kind, target in targets(cfg, r).items():
            net = core.constructions.interpolant(knots, target.f(knots))
            if cfg.activation != "relu":
                net = refitted(replace(net, activation=cfg.activation), x, target.f(x))
            yield dict(arm="constructed", target=kind, width=width, replicate=r, error=largest_error(net, x, target))


def refitted(net: core.Network, x: np.ndarray, y: np.ndarray) -> core.Network:
    """The network with its output layer fitted to (x, y) by least squares: the best its hidden units can do."""
    A = np.column_stack([net.forward(x[:, np.newaxis]).A[1], np.ones(x.size)])
    solution = np.linalg.lstsq(A, y)[0]
    return core.Network.from_layers([net.layers()[0], (solution[:-1, np.newaxis], solution[-1:])], net.activation)


def largest_error(net: core.Network, x: np.ndarray, target: Target) -> float:
    """Largest |net - target| over x; at a jump the network, being continuous, has one value for both sides."""
    error = np.abs(net(x[:, np.newaxis])[:, 0] - target.f(x)).max()
    if target.jump is not None:
        value = net(np.array([[target.jump]]))[0, 0]
        error = max(error, abs(value), abs(value - 1))
    return float(error)


def trained_rows(cfg: Config, width: int) -> Iterator[dict[str, object]]:
    """Largest error of networks trained from He weights with their kinks spread over [0, 1]; rows as above."""
    x = np.linspace(0, 1, cfg.points)
    dense = np.linspace(0, 1, cfg.resolution * (cfg.points - 1) + 1)
    seeds = replicate_seeds(cfg.seed, cfg.seeds)
    start = core.initialize((1, width, 1), "he", seeds=seeds, activation=cfg.activation)
    theta = start.theta.copy()
    for r in range(cfg.seeds):  # a unit's kink is where w x + b = 0
        theta[r, width : 2 * width] = -theta[r, :width] * stream(cfg.seed, "kinks", r).uniform(size=width)
    for kind in targets(cfg, 0):
        y = np.stack([targets(cfg, r)[kind].f(x) for r in range(cfg.seeds)])
        fit = core.train(replace(start, theta=theta), x[:, np.newaxis], y, cost="mse", optimizer="adam",
                         learning_rate=cfg.learning_rate, epochs=cfg.epochs)  # fmt: skip
        diverged = np.atleast_1d(fit.diverged)
        for r in range(cfg.seeds):
            error = np.nan if diverged[r] else largest_error(fit.network[r], dense, targets(cfg, r)[kind])
            yield dict(arm="trained", target=kind, width=width, replicate=r, error=error)


def slopes(cfg: Config, error: pd.DataFrame) -> pd.DataFrame:
    """Slope of log error against log width: one row per arm, target and replicate."""
    fitted = error[(error["arm"] == "trained") | (error["width"] >= cfg.smallest_fitted)]
    rows = []
    for (arm, target, r), group in fitted.groupby(["arm", "target", "replicate"], sort=False):
        rows.append(
            dict(arm=arm, target=target, replicate=r, slope=slope(np.log(group["width"]), np.log(group["error"])))
        )
    return pd.DataFrame(rows)


def bump_curves(cfg: Config) -> dict[str, np.ndarray]:
    """A smooth target, and the networks that build it of 1, 2, 4 and 16 bumps: (4, n_x), and each bump (4, 16, n_x)."""
    x, curve = np.linspace(0, 1, CURVE), targets(cfg, 0)["smooth"].f
    sums, parts = np.zeros((len(BUMPS), CURVE)), np.zeros((len(BUMPS), max(BUMPS), CURVE))
    for i, k in enumerate(BUMPS):
        edges = np.linspace(0, 1, k + 1)
        heights = curve((edges[:-1] + edges[1:]) / 2)
        sums[i] = core.constructions.bumps(edges, heights, cfg.steepness)(x[:, np.newaxis])[:, 0]
        for j in range(k):
            bump = core.constructions.bumps(edges[j : j + 2], heights[j : j + 1], cfg.steepness)
            parts[i, j] = bump(x[:, np.newaxis])[:, 0]
    return {"x": x, "curve": curve(x), "sums": sums, "parts": parts}


def claims(result: Result) -> Iterator[Claim]:
    cfg, error = result.cfg, result.tables["error"]
    slope_of = result.tables["slope"].pivot(index="replicate", columns=["arm", "target"], values="slope")
    yield on_average(
        "smooth_is_second_order",
        "For a smooth target, one wide ReLU layer with weights written down is off by width to the power of -2 "
        "(slope).",
        slope_of["constructed", "smooth"].to_numpy(), kind="rate",
        at_least=-2 - cfg.around_two, at_most=-2 + cfg.around_two,
    )  # fmt: skip
    kinks = error[(error["arm"] == "constructed") & (error["target"] == "kink")]
    yield exactly(
        "kink_is_first_order",
        "For a target with a kink, |x - c|, it is off by at most 1 / (2 width) (largest error times width).",
        (kinks["error"] * kinks["width"]).max(), kind="bound", at_most=0.5,
    )  # fmt: skip
    yield exactly(
        "step_is_out_of_reach",
        "A step, which is not continuous, stays half its height away at every width, constructed or trained (least "
        "error).",
        error[error["target"] == "step"]["error"].min(skipna=False), kind="bound", at_least=0.5,
    )  # fmt: skip
    yield on_average(
        "training_keeps_pace",
        "Trained networks come closer with width almost as fast as constructed ones (slope on smooth targets).",
        slope_of["trained", "smooth"].to_numpy(), kind="rate", at_most=cfg.kept_pace,
    )  # fmt: skip


def words(result: Result) -> dict[str, Words]:
    cfg, slope_of = result.cfg, result.tables["slope"].groupby(["arm", "target"])["slope"].mean()
    smooth, kink = (f"{slope_of['constructed', target]:.2f}" for target in ("smooth", "kink"))
    trained = f"{slope_of['trained', 'smooth']:.2f}"
    step = format(result.tables["error"].query("target == 'step'")["error"].min(), ".2f")
    return {
        "headline": Words(
            f"Largest error of one hidden {cfg.activation} layer against its width. Weights written down: the slope is "
            f"{smooth} on smooth targets and {kink} on a kink; on a step the least error at any width is {step}. "
            f"Trained on smooth targets up to width {max(cfg.trained_widths)}, the slope is {trained}.",
            f"Largest error against width, log-log. Constructed: slope {smooth} on smooth targets, {kink} on a kink; "
            f"on a step never below {step}. Trained on smooth targets: slope {trained}.",
        ),
        "bumps": Words(
            "A curve built of bumps, each the difference of two sigmoid units: 1, 2, 4 and 16 bumps, with weights "
            "written down. More bumps, closer curve: nothing else is needed for one wide layer to approximate it.",
            "A smooth curve in grey and the sum of 16 bumps over it in colour, a staircase that follows it; each "
            "bump is shaded. Build steps show 1, 2 and 4 bumps.",
        ),
    }


def draw(result: Result, panel: str, step: int | None) -> Figure:
    fig, ax = style.canvas()
    draw_bumps(ax, result, step) if panel == "bumps" else draw_errors(ax, result)
    return fig


def draw_errors(ax: Axes, result: Result) -> None:
    """Error against width: every target lightly, geometric means on top, slope -2 in grey."""
    table, typical = result.tables["error"], result.tables["typical"].set_index(["arm", "target"])
    texts = {("constructed", "smooth"): "smooth", ("constructed", "kink"): "kink", ("constructed", "step"): "step",
             ("trained", "smooth"): "smooth, trained"}  # fmt: skip
    for (arm, target), text in texts.items():
        style.seeds(ax, *wide(table[(table["arm"] == arm) & (table["target"] == target)]), arm)
        line = typical.loc[(arm, target)]
        width, error = line["width"].to_numpy(), 10 ** line["log_error"].to_numpy()
        ax.plot(width, error, **style.look(arm))
        style.label(ax, width[-1], error[-1], text, arm)
        if (arm, target) == ("constructed", "smooth"):
            ax.plot(width, 0.3 * error[-1] * (width / width[-1]) ** -2.0, **style.look("theory"))
            style.label(ax, width[-1], 0.3 * error[-1], "slope $-2$", "theory", va="top")
    ax.set(
        xscale="log",
        yscale="log",
        ylim=(10 ** typical["log_error"].min() / 10, 4),
        xlabel="hidden units in one layer",
        ylabel="largest error",
    )


def wide(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Widths (n_widths,) and errors (n_seeds, n_widths)."""
    errors = table.pivot(index="replicate", columns="width", values="error")
    return errors.columns.to_numpy(), errors.to_numpy()


def draw_bumps(ax: Axes, result: Result, step: int | None) -> None:
    """Bumps that build a curve; build steps have fewer of them."""
    arrays, i = result.arrays, len(BUMPS) - 1 if step is None else step - 1
    for part in arrays["parts"][i, : BUMPS[i]]:
        seen = np.abs(part) > 1e-3  # elsewhere it is 0 to the eye
        ax.fill_between(arrays["x"][seen], part[seen], color=style.colour("sigmoid"), alpha=0.2, linewidth=0)
    ax.plot(arrays["x"], arrays["curve"], **style.look("theory") | {"linewidth": style.size("line")})
    ax.plot(arrays["x"], arrays["sums"][i], **style.look("constructed", marker=False) | {"linestyle": "-"})
    text = f"{2 * BUMPS[i]} sigmoid units"
    style.label(ax, 0.98, 0.97, text, "constructed", ha="right", va="top", xycoords="axes fraction", xytext=(0, 0))
    top = 1.3 * np.abs(arrays["curve"]).max()
    ax.set(xlim=(0, 1), ylim=(-top, top), xlabel="$x$", ylabel="output")
