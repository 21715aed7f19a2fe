"""Few layers of few units do what costs one hidden layer exponentially many; training is another question.

Slide     The Universal Approximator Theorem
Figure    largest error on x^2 against the number of units: layer upon layer, and the best there is in one layer
Control   noise on the weights that are written down; linear layers in the networks that are trained
Not here  how a layer folds its input; how often training finds exact weights
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import core
from core.streams import replicate_seeds, stream
from experiments import datasets, style
from experiments.claim import Claim, exactly, in_cases, means, slope
from experiments.config import criterion, key
from experiments.progress import track
from experiments.refusal import refused
from experiments.store import Result, Words

FOLDS = (1, 2, 5)  # tents composed in the pictures of the sawtooth, one build step each
STEPS = {"headline": 1, "sawtooth": len(FOLDS) - 1}
TARGETS = ("radial", "compositional", "checkerboard", "ridge", "sawtooth")
SLOW = 10  # the last quarter of the training has so many times the smaller learning rate
EPS = np.finfo(float).eps


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    tents: int = key("most tents that are composed, for x^2 and for the sawtooth", at_least=6, at_most=14)
    noise: float = key("standard deviation of the relative noise on weights written down; the claims are about 0",
                       at_least=0)  # fmt: skip
    seeds: int = key("trained networks of each kind: the same data, split and stream for every depth", at_least=2)
    width: int = key("units in each hidden layer of the deepest trained network; the others get as many parameters",
                     at_least=1, at_most=256)  # fmt: skip
    hidden_layers: list[int] = key("of the trained networks; 1 among them", at_least=1, at_most=16)
    activation: str = key("of the trained networks; the claim is about relu", one_of=("relu", "identity"))
    observations: int = key("training points", at_least=1)
    validation: int = key("further points that choose the learning rate", at_least=1)
    test: int = key("further points that measure the error", at_least=1)
    learning_rates: list[float] = key("grid for every depth, of Adam; the middle one is the untuned", above=0)
    batch_size: int = key("observations per step", at_least=1)
    epochs: int = key("of training; the last quarter with a tenth of the learning rate", at_least=4)
    doubling: float = criterion("how far log2 of the shallow units may be from growing by 1 a tent", above=0)
    better: float = criterion("times by which the test error of the deepest network must be smaller", at_least=1)


def compute(cfg: Config) -> Result:
    for name, values in (("hidden_layers", cfg.hidden_layers), ("learning_rates", cfg.learning_rates)):
        if len(set(values)) < len(values):
            raise refused(f"experiment.{name}", values, "different values")
    if 1 not in cfg.hidden_layers or max(cfg.hidden_layers) == 1:
        raise refused("experiment.hidden_layers", cfg.hidden_layers, "1 and a larger number, to compare")
    square = pd.DataFrame([*deep_square_rows(cfg), *shallow_square_rows(cfg)])
    trained = pd.DataFrame([row for target in track(TARGETS) for row in trained_rows(cfg, target)])
    gain = gains(cfg, trained)
    tables = {
        "square": square,
        "sawtooth": pd.DataFrame(list(sawtooth_rows(cfg))),
        "trained": trained,
        "gain": gain,
        "typical": means(gain, ["target", "hidden_layers"], "gain"),
        "typical_untuned": means(gain, ["target", "hidden_layers"], "untuned"),
    }
    return Result(tables, teeth(cfg))


# weights written down


def noisy(cfg: Config, net: core.Network, *address: str | int) -> core.Network:
    noise = stream(cfg.seed, "noise", *address).standard_normal(net.n_parameters)
    return replace(net, theta=net.theta * (1 + cfg.noise * noise))


def deep_square_rows(cfg: Config) -> Iterator[dict[str, object]]:
    """Largest error of m composed tents, and how many units the best shallow network needs for the same."""
    for m in range(1, cfg.tents + 1):
        x = np.linspace(0, 1, 2 ** (m + 1) + 1)  # knots, and between them where the error is largest
        error = error_on_square(noisy(cfg, core.constructions.square(m), "square", m), x)
        needed = max(1, int(np.ceil((1 / np.sqrt(2 * error) - 1) / 2)))  # from 1 / (2 (2n + 1)^2)
        yield dict(arm="deep", tents=m, units=3 * m, error=error, theory=4.0 ** -(m + 1), needed=needed)


def shallow_square_rows(cfg: Config) -> Iterator[dict[str, object]]:
    """Largest error of the best shallow network, at the units of the deep ones and at powers of two."""
    for n in sorted({3 * m for m in range(1, cfg.tents + 1)} | {2**i for i in range(cfg.tents + 1)}):
        x = np.arange(4 * n + 3) / (4 * n + 2)  # kinks are odd multiples of 1 / (2n + 1); and the points between
        net = noisy(cfg, core.constructions.shallow_square(n), "shallow square", n)
        theory = 1 / (2 * (2 * n + 1) ** 2)
        yield dict(arm="shallow", tents=0, units=n, error=error_on_square(net, x), theory=theory, needed=n)


def error_on_square(net: core.Network, x: np.ndarray) -> float:
    return float(np.abs(net(x[:, np.newaxis])[:, 0] - x**2).max())


def sawtooth_rows(cfg: Config) -> Iterator[dict[str, object]]:
    """Kinks of k composed tents, counted exactly, and the units of a hidden layer with as many.

    A unit for each kink, and one for the slope at 0: without it that slope would be a sum of changes at the kinks,
    which are even multiples of it.
    """
    for k in range(1, cfg.tents + 1):
        net = noisy(cfg, core.constructions.sawtooth(k), "sawtooth", k)
        kinks = core.regions.count(net, [[0, 1]]).linear - 1
        yield dict(tents=k, units=sum(net.widths[1:-1]), kinks=kinks, needed=kinks + 1)


def teeth(cfg: Config) -> dict[str, np.ndarray]:
    """The sawtooth after 1, 2 and 5 tents: (3, n_x)."""
    x = np.linspace(0, 1, 2 ** max(FOLDS) * 4 + 1)
    nets = [noisy(cfg, core.constructions.sawtooth(k), "sawtooth", k) for k in FOLDS]
    return {"x": x, "teeth": np.stack([net(x[:, np.newaxis])[:, 0] for net in nets])}


# trained


def trained_rows(cfg: Config, target: str) -> Iterator[dict[str, object]]:
    """Root mean square error on validation and test, per number of hidden layers, replicate and learning rate."""
    n = cfg.observations + cfg.validation + cfg.test
    sets = [getattr(datasets, target)(n, stream(cfg.seed, target, r)) for r in range(cfg.seeds)]
    X, y = (np.stack(part).astype("float32") for part in zip(*sets, strict=True))
    n_rates, ends = len(cfg.learning_rates), np.cumsum([cfg.observations, cfg.validation])
    for hidden in cfg.hidden_layers:
        start = start_of(cfg, X.shape[-1], hidden)
        (X_train, *X_rest), (y_train, *y_rest) = (
            np.split(np.repeat(part, n_rates, axis=0), ends, axis=1) for part in (X, y)
        )
        net, diverged = trained(cfg, start, X_train, y_train)
        errors = [rms(net, *part, diverged) for part in zip(X_rest, y_rest, strict=True)]
        for i, (validation, test) in enumerate(zip(*errors, strict=True)):
            yield dict(target=target, hidden_layers=hidden, width=net.widths[1], parameters=net.n_parameters,
                       replicate=i // n_rates, learning_rate=cfg.learning_rates[i % n_rates], validation=validation,
                       test=test)  # fmt: skip


def start_of(cfg: Config, n_inputs: int, hidden: int) -> core.Network:
    """He weights, with the kinks of the first layer through uniform points of the cube; a network per seed and rate."""
    widths = (n_inputs, *[width_of(cfg, n_inputs, hidden)] * hidden, 1)
    nets = core.initialize(widths, "he", seeds=replicate_seeds(cfg.seed, cfg.seeds), activation=cfg.activation)
    theta = nets.theta.copy()
    W, b = core.Network(widths, theta).layers()[0]
    end = W[0].size + b[0].size
    for r in range(cfg.seeds):
        points = stream(cfg.seed, "kinks", r).uniform(-1, 1, (widths[1], n_inputs))
        theta[r, W[0].size : end] = -np.einsum("pq,qp->q", W[r], points)
    return replace(nets, theta=np.repeat(theta, len(cfg.learning_rates), axis=0).astype("float32"))


def width_of(cfg: Config, n_inputs: int, hidden: int) -> int:
    """Units per hidden layer that come closest to the parameters of the deepest network."""
    deepest = max(cfg.hidden_layers)
    wanted = n_parameters(n_inputs, cfg.width, deepest)
    return min(range(cfg.width, wanted + 1), key=lambda width: abs(n_parameters(n_inputs, width, hidden) - wanted))


def n_parameters(n_inputs: int, width: int, hidden: int) -> int:
    return (n_inputs + 1) * width + (hidden - 1) * (width + 1) * width + width + 1


def trained(cfg: Config, net: core.Network, X: np.ndarray, y: np.ndarray) -> tuple[core.Network, np.ndarray]:
    """The networks after training, and whether they diverged."""
    rates = np.tile(cfg.learning_rates, cfg.seeds)
    seeds = np.repeat(replicate_seeds(cfg.seed, cfg.seeds), len(cfg.learning_rates))
    diverged, slow = np.zeros(len(rates), dtype=bool), cfg.epochs // 4
    for epochs, pace in ((cfg.epochs - slow, 1), (slow, SLOW)):
        fit = core.train(net, X, y, cost="mse", optimizer="adam", learning_rate=rates / pace, epochs=epochs,
                         batch_size=cfg.batch_size, seed=seeds)  # fmt: skip
        net, diverged = fit.network, diverged | fit.diverged
    return net, diverged


def rms(net: core.Network, X: np.ndarray, y: np.ndarray, diverged: np.ndarray) -> np.ndarray:
    """Root mean square error of every network, NaN where it diverged."""
    error = net(X)[..., 0].astype(float) - y
    return np.where(diverged, np.nan, np.sqrt(np.mean(error**2, axis=1)))


def gains(cfg: Config, trained: pd.DataFrame) -> pd.DataFrame:
    """log10 of the shallow over the deep test error, at the rate that validation chose and at the middle one."""
    arm = ["target", "replicate", "hidden_layers"]
    middle = cfg.learning_rates[len(cfg.learning_rates) // 2]
    chosen = {
        "gain": trained.sort_values("validation", kind="stable").drop_duplicates(arm),  # NaN comes last
        "untuned": trained[trained["learning_rate"] == middle],
    }
    columns = {}
    for name, table in chosen.items():
        error = np.log10(table.set_index(arm)["test"]).unstack("hidden_layers")
        columns[name] = (-error.sub(error[1], axis=0)).drop(columns=1).stack(future_stack=True)
    return pd.DataFrame(columns).reset_index().sort_values(arm, ignore_index=True)


def claims(result: Result) -> Iterator[Claim]:
    cfg, square, sawtooth = result.cfg, result.tables["square"], result.tables["sawtooth"]
    deep, shallow = (square[square["arm"] == arm] for arm in ("deep", "shallow"))
    yield exactly(
        "tents_square",
        f"A network of m composed tents, 3m ReLU units, is off x² by 4^-(m + 1), for m = 1 to {cfg.tents} (largest "
        "relative deviation from that).",
        (deep["error"] / deep["theory"] - 1).abs().max(), kind="constructive", at_most=0.0,
    )  # fmt: skip
    yield exactly(
        "best_in_one_layer",
        "The best network with one hidden layer of n ReLU units is off x² by 1 / (2 (2n + 1)^2) (largest deviation "
        "from that, in units of the rounding of a sum of n terms).",
        ((shallow["error"] - shallow["theory"]).abs() / (EPS * (shallow["units"] + 3))).max(),
        kind="constructive", at_most=1.0,
    )  # fmt: skip
    yield exactly(
        "width_doubles_with_depth",
        "With every tent that a deep network adds, the best shallow network needs twice the units for the same error "
        "on x² (slope of log2 units).",
        slope(deep["tents"].to_numpy(), np.log2(deep["needed"].to_numpy())), kind="rate",
        at_least=1 - cfg.doubling, at_most=1 + cfg.doubling,
    )  # fmt: skip
    yield exactly(
        "kinks_double_with_depth",
        f"2k deep units make a sawtooth of 2^k - 1 kinks, for k = 1 to {cfg.tents}, and every kink costs one hidden "
        "layer a unit (largest relative deviation of the count).",
        (sawtooth["kinks"] / (2.0 ** sawtooth["tents"] - 1) - 1).abs().max(), kind="constructive", at_most=0.0,
    )  # fmt: skip
    gain = deepest(result, "gain").pivot(index="replicate", columns="target", values="gain")
    yield in_cases(
        "deep_learns_better",
        f"Trained, with as many parameters, {max(cfg.hidden_layers)} hidden layers have less than "
        f"1/{cfg.better:g} of the test error of one (log10 of the ratio).",
        {target: gain[target].to_numpy() for target in TARGETS}, condition="the target is {}",
        at_least=float(np.log10(cfg.better)),
    )  # fmt: skip


def deepest(result: Result, table: str) -> pd.DataFrame:
    """The rows of the networks with most hidden layers."""
    return result.tables[table].query(f"hidden_layers == {max(result.cfg.hidden_layers)}")


def crossover(square: pd.DataFrame) -> int | None:
    """Fewest units with which the deep network is closer to x^2 than the best shallow one; None if it never is."""
    error = square[square["units"] % 3 == 0].pivot(index="units", columns="arm", values="error").dropna()
    closer = error.index[error["deep"] < error["shallow"]]
    return int(closer[0]) if len(closer) else None


def words(result: Result) -> dict[str, Words]:
    cfg, square = result.cfg, result.tables["square"].set_index(["arm", "units"])
    last, meets = square.loc["deep"].iloc[-1], crossover(result.tables["square"])
    units, many = 3 * cfg.tents, f"{last['needed']:,.0f}"
    deep, shallow = f"{last['error']:.1e}", f"{square.loc[('shallow', units), 'error']:.1e}"
    from_ = f"from {meets} units on the deep network is closer" if meets else "the deep network is nowhere closer"
    saw = result.tables["sawtooth"].iloc[-1]
    gain = deepest(result, "typical").set_index("target")
    times = {target: f"{10 ** gain.loc[target, 'gain']:.2g}" for target in TARGETS}
    listed = ", ".join(f"{target} {ratio}" for target, ratio in times.items())
    hidden = max(cfg.hidden_layers)
    return {
        "headline": Words(
            f"Largest error on x² against the number of ReLU units: composed tents, three units a layer, and the best "
            f"network with one hidden layer. With {units} units the errors are {deep} and {shallow}; {from_}. For the "
            f"error of {units} deep units one layer needs {many}.",
            f"Error on x² against units, log-log. Deep: falls ever faster, to {deep} at {units} units. Best shallow: a "
            f"straight line, {shallow} at {units} units; it needs {many} units to be as close.",
        ),
        "sawtooth": Words(
            "A tent composed with itself: a further layer of two units doubles the teeth. One hidden layer needs a "
            f"unit for every kink, and one for the slope at 0: after {cfg.tents} tents {saw['needed']:,} instead of "
            f"{saw['units']}.",
            f"A sawtooth of {max(FOLDS)} composed tents, {2 * max(FOLDS)} units in {max(FOLDS)} layers; one layer "
            f"needs {2 ** max(FOLDS)}. Build steps show {' and '.join(map(str, FOLDS[:-1]))}.",
        ),
        "trained": Words(
            f"Test error of one hidden layer over that of {hidden}, trained with as many parameters, each with the "
            f"learning rate that validation chose (geometric means of {cfg.seeds} pairs with 95 % intervals): "
            f"{listed}. Grey: the same learning rate for both.",
            f"Ratio of test errors, one hidden layer over {hidden}, by target: {listed}. Each dot is a pair of "
            "networks.",
        ),
    }


def draw(result: Result, panel: str, step: int | None) -> Figure:
    fig, ax = style.canvas()
    if panel == "trained":
        draw_gains(ax, result)
    else:
        {"headline": draw_square, "sawtooth": draw_teeth}[panel](ax, result, step)
    return fig


def draw_square(ax: Axes, result: Result, step: int | None) -> None:
    """Error against units; build step 1 is without the deep network."""
    square, powers = result.tables["square"], 2 ** np.arange(result.cfg.tents + 1)
    deep = square[square["arm"] == "deep"]
    shallow = square[(square["arm"] == "shallow") & square["units"].isin(powers)]
    ax.plot(shallow["units"], shallow["error"], **style.look("shallow"))
    beside = shallow.iloc[-6]
    style.label(ax, beside["units"], beside["error"], "one hidden layer,\nthe best there is", "shallow", va="bottom")
    if step is None:
        ax.plot(deep["units"], deep["error"], **style.look("deep"))
        beside, last = deep.iloc[-3], deep.iloc[-1]
        style.label(ax, 0.8 * beside["units"], beside["error"], "layer upon\nlayer of\nthree units", "deep", ha="right")
        ax.annotate("", (last["needed"], last["error"]), (last["units"] * 1.15, last["error"]),
                    arrowprops=dict(arrowstyle="->", color=style.ink(), lw=style.size("line")))  # fmt: skip
        text = f"{last['needed']:,.0f} units\ninstead of {last['units']:.0f}"
        style.label(ax, np.sqrt(last["units"] * last["needed"]), last["error"], text, ha="center", va="top")
    least = min(deep["error"].min(), shallow["error"].min())
    ax.set(xscale="log", yscale="log", xlim=(0.8, 2.5 * powers[-1]), ylim=(least / 100, 1),
           xlabel="hidden units", ylabel="largest error on $x^2$")  # fmt: skip
    ax.xaxis.set_major_formatter(lambda units, _: f"{units:,.0f}")


def draw_teeth(ax: Axes, result: Result, step: int | None) -> None:
    """A sawtooth, and what it costs; build steps have fewer tents."""
    i = len(FOLDS) - 1 if step is None else step - 1
    k = FOLDS[i]
    ax.plot(result.arrays["x"], result.arrays["teeth"][i], **style.look("deep", marker=False))
    inside = dict(ha="left", xycoords="axes fraction", xytext=(0, 0))
    style.label(ax, 0.02, 0.94, f"two units a layer: {2 * k} units", "deep", **inside)
    style.label(ax, 0.02, 0.83, f"one hidden layer: {2**k} units", "shallow", **inside)
    ax.set(xlim=(0, 1), ylim=(0, 1.4), yticks=[0, 0.5, 1], xlabel="$x$", ylabel="output")


def draw_gains(ax: Axes, result: Result) -> None:
    """Ratio of test errors by target: every pair, means with intervals, the untuned ones in grey."""
    gain, typical, untuned = (
        deepest(result, name).set_index("target") for name in ("gain", "typical", "typical_untuned")
    )
    for y, target in enumerate(reversed(TARGETS)):
        pairs, at = 10 ** gain.loc[target, "gain"], 10 ** typical.loc[target, ["gain", "low", "high"]].astype(float)
        ax.plot(pairs, np.full(len(pairs), y), **style.look("deep", line=False), alpha=0.2, markeredgewidth=0)
        ax.plot(at[["low", "high"]], [y, y], color=style.colour("deep"), linewidth=2 * style.size("line"))
        ax.plot(at["gain"], y, **style.look("deep", line=False), markersize=1.5 * style.size("marker"))
        ax.plot(10 ** untuned.loc[target, "untuned"], y - 0.25, **style.look("theory") | {"marker": "s"})
        style.label(ax, 1, y, f"{at['gain']:.2g} ×", "deep", xycoords=ax.get_yaxis_transform())
    for ratio in (1, result.cfg.better):
        ax.axvline(ratio, **style.look("theory") | {"linestyle": "-" if ratio == 1 else ":"})
    note, top = dict(fontsize=style.size("note")), len(TARGETS) - 0.4
    style.label(ax, 1, top, "as good", "theory", ha="right", **note)
    style.label(ax, result.cfg.better, top, f"1/{result.cfg.better:g} of the error", "theory", **note)
    style.label(ax, 10 ** untuned.loc[TARGETS[0], "untuned"], len(TARGETS) - 1.3, "untuned", "theory", **note)
    ax.set_yticks(range(len(TARGETS)), reversed(TARGETS))
    ax.set_xscale("log", base=2)
    hidden = max(result.cfg.hidden_layers)
    ax.set(ylim=(-0.6, len(TARGETS) - 0.2), xlabel=f"error of 1 hidden layer / error of {hidden}")
    ax.xaxis.set_major_formatter(lambda ratio, _: f"{ratio:g}" if ratio >= 1 else f"1/{1 / ratio:g}")
