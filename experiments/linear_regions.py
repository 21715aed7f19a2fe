"""Depth cuts space into exponentially more pieces: at most, and not in the networks that we train.

Slide     Representation advantage of depth
Figure    linear regions of equally many units against the layers they stand in: constructed, random, trained, bounds
Control   noise on the folds; units without a kink; zero biases, with which every cut goes through one point
Not here  how a fold makes copies; whether the pieces are of use (depth_vs_width)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numba import get_num_threads

import core
from core.streams import replicate_seeds, stream
from experiments import datasets, mosaic, style
from experiments.claim import Claim, exactly, means, on_average, slope
from experiments.config import criterion, key
from experiments.progress import track
from experiments.refusal import refused
from experiments.store import Result, Words

STEPS = {"headline": 1, "mosaic": 3, "construction": 2}
FOLDED = 3  # Montúfar's mosaics that are drawn
SQUARE = 1.0  # half side of the square in which the spirals are
DIGIT_EPOCHS, DIGIT_BATCH = 20, 64  # enough to know nearly all of them


@dataclass(frozen=True)
class Config:
    seed: int = key("base seed; every random stream derives from it", at_least=0)
    seeds: int = key("networks of each arrangement", at_least=2)
    activation: str = key(
        "of every hidden unit; the claims are about relu", one_of=("relu", "leaky_relu", "absolute", "identity")
    )
    width: int = key("units in each layer of Montúfar's network", at_least=4, at_most=12)
    layers: list[int] = key("hidden layers of Montúfar's network", at_least=1, at_most=5)
    fold_noise: float = key("relative noise on its weights; the claim is about 0", at_least=0)
    units: int = key("hidden units of every random and trained network", at_least=4)
    hidden_layers: list[int] = key("layers that they stand in, divisors of `units`", at_least=1)
    count_up_to: int = key("Montúfar's networks that should have more regions are not counted", at_least=1)
    biases: float = key("standard deviation of the biases at the start", at_least=0)
    plane: float = key("half side of the square that stands for the whole plane", at_least=1)
    observations: int = key("training points on two spirals", at_least=4)
    learning_rate: float = key("of Adam, full batch", above=0)
    looks: list[int] = key("epochs at which regions are counted, from 0; the last ends the training", at_least=0)
    pictured: int = key("hidden layers of the network whose mosaic is drawn, one of `hidden_layers`", at_least=1)
    digits: list[int] = key("three digits, through whose images a plane is laid", at_least=0, at_most=9)
    wide: int = key("units in each hidden layer of the network of very many regions", at_least=4)
    wide_layers: int = key("its hidden layers", at_least=1)
    windows: list[float] = key("half sides of the squares in which it is drawn, decreasing", above=0, below=1)
    growth: float = criterion("factor by which a further hidden layer must multiply the regions", above=0)
    half_square: float = criterion("factor by which a mean may differ from half the square of `units`", above=1)


def compute(cfg: Config) -> Result:
    if uneven := [h for h in cfg.hidden_layers if cfg.units % h or cfg.units < 4 * h]:
        raise refused("experiment.hidden_layers", uneven[0], f"divisors of {cfg.units} that leave 4 units in a layer")
    if cfg.pictured not in cfg.hidden_layers or len(set(cfg.hidden_layers)) < 2:
        raise refused("experiment.hidden_layers", cfg.hidden_layers, f"two or more, among them pictured={cfg.pictured}")
    if cfg.looks != sorted({0, *cfg.looks}) or len(cfg.looks) < 2:
        raise refused("experiment.looks", cfg.looks, "increasing epochs, the first of them 0")
    if len(set(cfg.digits)) != 3 or len(cfg.digits) != 3:
        raise refused("experiment.digits", cfg.digits, "three different digits")
    if cfg.windows != sorted(set(cfg.windows), reverse=True):
        raise refused("experiment.windows", cfg.windows, "decreasing half sides")
    # of Montúfar's networks: those of the claim, and those of as many units as the others
    shapes = {(cfg.width, h) for h in cfg.layers} | {(cfg.units // h, h) for h in cfg.hidden_layers}
    constructed = pd.DataFrame([construction(cfg, *shape) for shape in track(sorted(shapes))])
    X, y = data = spirals(cfg)
    fits = {h: trained(cfg, h, *data) for h in track(sorted(set(cfg.hidden_layers)))}
    regions = pd.DataFrame([row for fit in track(fits.values()) for row in region_rows(cfg, fit, *data)])
    (digits, on_digits), (wide, near) = among_digits(cfg), from_near(cfg)
    tables = {"regions": regions, "construction": constructed, "growth": growth(cfg, regions)}
    for column in ("plane", "square", "accuracy"):
        tables[f"mean_{column}"] = means(regions, ["hidden_layers", "epoch"], column)
    return Result(tables | {"digits": digits, "wide": wide},
                  {"X": X[0], "y": y[0], **mosaics(cfg, fits[cfg.pictured]), **on_digits, **near})  # fmt: skip


def construction(cfg: Config, width: int, hidden_layers: int) -> dict[str, object]:
    """Montúfar's network counted (NaN where that would be too long), beside every bound for its widths."""
    bounds, net = core.regions.bounds, folds(cfg, width, hidden_layers)
    theorem = bounds.montufar(net.widths)
    return dict(width=width, hidden_layers=hidden_layers, units=width * hidden_layers,
                regions=core.regions.count(net, [[0, 1], [0, 1]]).linear if theorem <= cfg.count_up_to else np.nan,
                montufar=theorem, pascanu=bounds.pascanu(net.widths),
                shallow=bounds.zaslavsky(2, width * hidden_layers), most=float(bounds.serra(net.widths)))  # fmt: skip


def folds(cfg: Config, width: int, hidden_layers: int) -> core.Network:
    """Montúfar's network, its weights off by the noise."""
    net = core.constructions.folds(2, width, hidden_layers)
    noise = stream(cfg.seed, "fold noise", width, hidden_layers).standard_normal(net.n_parameters)
    return replace(net, theta=net.theta * (1 + cfg.fold_noise * noise), activation=cfg.activation)


def spirals(cfg: Config) -> tuple[np.ndarray, np.ndarray]:
    """X (R, n, 2) and y (R, n): two spirals for each network."""
    sets = [datasets.spirals(cfg.observations, stream(cfg.seed, "spirals", r)) for r in range(cfg.seeds)]
    return np.stack([X for X, _ in sets]), np.stack([y for _, y in sets])


def start(cfg: Config, widths: tuple[int, ...], biases: str | int, output: str, replicate: int = 0) -> core.Network:
    """A network of He weights and normal biases, these from the stream of that name."""
    seed = replicate_seeds(cfg.seed, replicate + 1)[replicate]
    net, rng = core.initialize(widths, "he", seed, cfg.activation, output), stream(cfg.seed, "biases", biases)
    layers = [(W, cfg.biases * rng.standard_normal(b.size)) for W, b in net.layers()]
    return core.Network.from_layers(layers, net.activation, net.output)


def trained(cfg: Config, hidden_layers: int, X: np.ndarray, y: np.ndarray) -> core.Fit:
    """An ensemble from random starts, with its parameters at every look."""
    widths = (2, *[cfg.units // hidden_layers] * hidden_layers, 1)
    nets = [start(cfg, widths, r, "sigmoid", r) for r in range(cfg.seeds)]
    return core.train(replace(nets[0], theta=np.stack([net.theta for net in nets])), X, y, cost="binary_cross_entropy",
                      optimizer="adam", learning_rate=cfg.learning_rate, epochs=cfg.looks[-1],
                      snapshots=cfg.looks)  # fmt: skip


def region_rows(cfg: Config, fit: core.Fit, X: np.ndarray, y: np.ndarray) -> Iterator[dict[str, object]]:
    """Regions in the plane and in the square of the data, and training accuracy, at every look of every network."""
    for r in range(cfg.seeds):
        nets = replace(fit.network, theta=fit.snapshots[r])
        inside, everywhere = (core.regions.count(nets, around(half)) for half in (SQUARE, cfg.plane))
        accuracy = np.mean((nets(X[r])[:, :, 0] > 0.5) == y[r], axis=1)
        for i, epoch in enumerate(cfg.looks):
            alive = np.nan if epoch and np.atleast_1d(fit.diverged)[r] else 1.0
            yield dict(hidden_layers=nets.depth - 1, replicate=r, epoch=epoch, plane=alive * everywhere[i].linear,
                       square=alive * inside[i].linear, accuracy=alive * accuracy[i])  # fmt: skip


def around(half: float) -> list[list[float]]:
    """The square of this half side around the origin."""
    return [[-half, half]] * 2


def growth(cfg: Config, regions: pd.DataFrame) -> pd.DataFrame:
    """Factor by which one more hidden layer multiplies the regions in the plane: one row per stage and replicate."""
    return pd.DataFrame([
        dict(stage=stage, replicate=r, factor=np.exp(slope(group["hidden_layers"], np.log(group["plane"]))))
        for stage, epoch in zip(("start", "trained"), ends(cfg), strict=True)
        for r, group in regions[regions["epoch"] == epoch].groupby("replicate")
    ])  # fmt: skip


def mosaics(cfg: Config, fit: core.Fit) -> dict[str, np.ndarray]:
    """Montúfar's with 1, 2, … hidden layers, and those of the first network at some looks."""
    found: dict[str, np.ndarray] = {}
    for h in range(1, FOLDED + 1):
        found |= mosaic.by_last_layer(f"folded{h}", folds(cfg, cfg.width, h), [[0, 1], [0, 1]])
    for i, look in enumerate(pictured(cfg)):
        net = replace(fit.network[0], theta=fit.snapshots[0, cfg.looks.index(look)])
        found |= mosaic.by_class(f"trained{i}", net, around(SQUARE))
    return found


def among_digits(cfg: Config) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Regions and mosaics of a digits network on a plane through three images, before and after training."""
    X, y = datasets.digits()
    widths, (seed,) = (X.shape[1], *[cfg.units // cfg.pictured] * cfg.pictured, 10), replicate_seeds(cfg.seed, 1)
    before = start(cfg, widths, "digits", "softmax")
    fit = core.train(before, X, y, cost="cross_entropy", optimizer="adam", learning_rate=cfg.learning_rate, seed=seed,
                     epochs=DIGIT_EPOCHS, batch_size=DIGIT_BATCH)  # fmt: skip
    images = np.stack([X[np.flatnonzero(y == digit)[0]] for digit in cfg.digits])
    plane = core.regions.Slice.through(images)
    square = plane.box.mean(axis=1, keepdims=True) + np.array([-0.5, 0.5]) * np.diff(plane.box).max()
    rows, arrays = [], {"images": images, "marks": plane.marks}
    for stage, net in (("start", before), ("trained", fit.network)):
        inside, everywhere = (core.regions.count(net, box, slice=plane).linear for box in (square, around(cfg.plane)))
        accuracy = np.mean(net(X).argmax(axis=1) == y)
        rows.append(dict(stage=stage, plane=everywhere, square=inside, accuracy=accuracy))
        arrays |= mosaic.by_class(f"digits_{stage}", plane.of(net), square)
    return pd.DataFrame(rows), arrays


def from_near(cfg: Config) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Regions of a wide random network in the square and in the windows, and its mosaic in the largest of these."""
    net, rows = start(cfg, (2, *[cfg.wide] * cfg.wide_layers, 1), "wide", "identity"), []
    for half in track([SQUARE, *cfg.windows]):
        found = core.regions.count(net, around(half), threads=get_num_threads())
        rows.append(dict(half=half, regions=found.linear, certain=found.certain))
    return pd.DataFrame(rows), mosaic.by_last_layer("near", net, around(cfg.windows[0]))


def pictured(cfg: Config) -> list[int]:
    """The looks that have a mosaic: the first, the last and some between."""
    return [cfg.looks[i] for i in np.linspace(0, len(cfg.looks) - 1, STEPS["mosaic"] + 1).round().astype(int)]


def claims(result: Result) -> Iterator[Claim]:
    cfg, tables = result.cfg, result.tables
    built = tables["construction"].dropna()  # the others were not counted
    yield exactly(
        "construction_meets_bound",
        "Montúfar's network, its weights written down, has exactly as many linear regions as his theorem promises, up "
        f"to {built['montufar'].max():,.0f} (largest relative difference).",
        (built["regions"] / built["montufar"] - 1).abs().max(), kind="constructive", at_most=0.0,
    )  # fmt: skip
    deep = built[built["hidden_layers"] > 1]
    yield exactly(
        "construction_passes_shallow",
        "With two hidden layers or more it has more than any network of one hidden layer and as many units can have "
        "(smallest difference).",
        (deep["regions"] - deep["shallow"]).min(), kind="constructive", at_least=1.0,
    )  # fmt: skip
    factor = tables["growth"].pivot(index="replicate", columns="stage", values="factor")
    for stage, weights, when in (("start", "random", "at_the_start"), ("trained", "trained", "after_training")):
        yield on_average(
            f"deeper_has_more_{when}",
            f"{cfg.units} units with {weights} weights have more linear regions, the more layers they stand in (factor "
            "for each further layer).",
            factor[stage].to_numpy(), kind="rate", at_least=cfg.growth,
        )  # fmt: skip
    yield on_average(
        "half_of_the_square",
        f"Random or trained, in any number of layers, they have about {cfg.units}²/2 linear regions (mean as a share "
        "of that, where it is farthest off).",
        farthest_share(result), at_least=1 / cfg.half_square, at_most=cfg.half_square,
    )  # fmt: skip


def farthest_share(result: Result) -> np.ndarray:
    """Regions over N²/2, N units, (n_seeds,): of the arrangement, before or after training, with the farthest mean.

    Hanin and Rolnick 2019 (arXiv 1906.00904): with random weights and biases, a cube of n_0 dimensions that is not too
    small has on average at most (T N)^n_0 / n_0! activation regions per volume, at any depth; T is made of the sizes of
    gradients and the densities of biases. N²/2 is that of two inputs with T = 1 and the volume left out; it is also
    what N lines in general position cut the plane into, but for N/2 + 1.
    """
    regions = result.tables["regions"]
    before_and_after = regions[regions["epoch"].isin(ends(result.cfg))]
    counts = before_and_after.pivot(index="replicate", columns=["epoch", "hidden_layers"], values="plane")
    share = counts / (result.cfg.units**2 / 2)
    off = np.log(share.mean(skipna=False)).abs().fillna(np.inf)
    return share[off.idxmax()].to_numpy()


def ends(cfg: Config) -> tuple[int, int]:
    """The epochs of the start and of the end."""
    return cfg.looks[0], cfg.looks[-1]


def words(result: Result) -> dict[str, Words]:
    cfg, tables, most = result.cfg, result.tables, max(result.cfg.hidden_layers)
    built, digits = equal_units(result), tables["digits"].set_index("stage")
    (start, end), (start_inside, end_inside) = (means_in_words(result, column) for column in ("plane", "square"))
    accuracy = tables["mean_accuracy"].query("epoch == epoch.max()")["accuracy"].min()
    promised, found = built["montufar"].iloc[-1], built["regions"].max()
    montufar = "construction has" if found == promised else f"theorem (counted up to {found:,.0f}) promises"
    folded = ", ".join(f"{len(result.arrays[f'folded{h}_odd']):,}" for h in range(1, FOLDED + 1))
    drawn = f"{layers(cfg.pictured)} of {cfg.units // cfg.pictured} units"
    return {
        "headline": Words(
            f"Linear regions of {cfg.units} hidden units against the layers they stand in. Montúfar's {montufar} "
            f"{promised:,.0f} in {most}; one hidden layer has at most {built['shallow'].iloc[0]:,}. "
            f"{cfg.seeds} networks have on average {start} at a random start, {end} after training on two spirals "
            f"(mean training accuracy at least {accuracy:.1%}).",
            f"Linear regions against hidden layers of {cfg.units} units, log scale. Montúfar's theorem: rises to "
            f"{promised:,.0f} in {most}. Random: {start}. Trained: {end}.",
        ),
        "mosaic": Words(
            f"The linear regions of {drawn} on two spirals, before and after training. On each tile the network is one "
            "linear function; its hue is the class. Across a kink one unit switches, so pale and full tiles alternate; "
            "where only the hue changes, a class ends.",
            f"Two square mosaics with the points of two spirals. Left, before training: {square_of(result, 0):,} "
            f"linear regions. Right, after it: {square_of(result, cfg.looks[-1]):,}, in the two colours of the "
            "classes.",
        ),
        "construction": Words(
            f"Linear regions of Montúfar's construction with {cfg.width} units a layer: {folded} in 1, 2, 3 hidden "
            "layers. Each layer folds the square onto itself, so what the last one draws appears in every copy, "
            "mirrored.",
            f"Three square mosaics of {folded} tiles: lines through the middle, then mirrored copies of them side by "
            "side, then copies of the copies.",
        ),
        "digits": Words(
            f"{drawn}, before and after training on images of digits (training accuracy "
            f"{digits['accuracy']['trained']:.1%}), on the plane through three of these; a hue is a class. All of the "
            f"plane has {digits['plane']['start']:,} regions, then {digits['plane']['trained']:,}.",
            f"Two square mosaics around images of the digits {', '.join(map(str, cfg.digits))}: "
            f"{digits['square']['start']:,} linear regions at the start, {digits['square']['trained']:,} after "
            "training; each hue is a class.",
        ),
        "training": Words(
            f"Linear regions of {cfg.seeds} networks of {cfg.units} units over training, in the whole plane and in the "
            f"square of the data; there they have {start_inside} at the start, {end_inside} after training. In grey "
            f"{cfg.units}²/2.",
            f"Regions against epochs. In the plane {start}, after training {end}; where the data are {start_inside}, "
            f"then {end_inside}.",
        ),
        "millions": words_from_near(result),
    }


def words_from_near(result: Result) -> Words:
    cfg, (whole, *windows) = result.cfg, result.tables["wide"].itertuples()
    doubt = {True: "", False: " (some may hang on rounding)"}
    units, total = cfg.wide * cfg.wide_layers, f"{whole.regions:,} linear regions{doubt[whole.certain]}"
    nearer = ", ".join(f"{SQUARE / window.half:,.0f}" for window in windows) + " times nearer"
    regions = ", ".join(f"{window.regions:,}{doubt[window.certain]}" for window in windows)
    return Words(
        f"{units:,} units with random weights, in {layers(cfg.wide_layers)}, cut the square from -1 to 1 into {total}; "
        f"{units:,}²/2 is {rounded(units**2 // 2)}. Its middle, {nearer}, has {regions}; each frame is the next "
        "picture. Across a kink one unit switches, so pale and full tiles alternate; the hue goes with what is on in "
        "the last layer.",
        f"Square mosaics of the middle of {rounded(whole.regions)} linear regions of {units:,} units, {nearer}: "
        f"{', '.join(f'{window.regions:,}' for window in windows)} tiles, ever larger.",
    )


def means_in_words(result: Result, column: str) -> list[str]:
    """Mean regions in the fewest and in the most layers: at the start, and after training."""
    mean = result.tables[f"mean_{column}"].set_index(["hidden_layers", "epoch"])[column].map("{:,.0f}".format)
    few, most = min(result.cfg.hidden_layers), max(result.cfg.hidden_layers)
    return [f"{mean[few, epoch]} in {layers(few)} and {mean[most, epoch]} in {most}" for epoch in ends(result.cfg)]


def rounded(number: int) -> str:
    """Millions with one decimal, fewer to the last."""
    return f"{number / 1e6:.1f} million" if number >= 1e6 else f"{number:,}"


def layers(number: int) -> str:
    return f"{number} hidden layer{'s' if number > 1 else ''}"


def equal_units(result: Result) -> pd.DataFrame:
    """Montúfar's networks of as many units as the others have, by hidden layers."""
    built = result.tables["construction"]
    return built[built["units"] == result.cfg.units].set_index("hidden_layers").sort_index()


def square_of(result: Result, epoch: int) -> int:
    """Regions in the square of the network whose mosaic is drawn."""
    rows = result.tables["regions"].set_index(["hidden_layers", "replicate", "epoch"])
    return int(rows["square"][result.cfg.pictured, 0, epoch])


def draw(result: Result, panel: str, step: int | None) -> Figure:
    stepwise = {"headline": draw_arrangements, "mosaic": draw_mosaic, "construction": draw_construction}
    if panel in stepwise:
        return stepwise[panel](result, step)
    return {"digits": draw_digits, "training": draw_training, "millions": draw_millions}[panel](result)


def draw_arrangements(result: Result, step: int | None) -> Figure:
    """Regions against hidden layers; build step 1 has only what can be, not what random and trained networks have."""
    fig, ax = style.canvas()
    built, tick = equal_units(result), {"fontsize": style.size("tick")}
    last, shallow = built.index[-1], built["shallow"].iloc[0]
    for bound, text in (("most", "no network\ncan have more"), ("pascanu", "Pascanu's theorem"),
                        ("shallow", "most in one layer")):  # fmt: skip
        ax.plot(built.index, built[bound], **style.look("theory"))
        style.label(ax, last, built[bound].iloc[-1], text, "theory", **tick)
    ax.plot(built.index, built["montufar"], **style.look("constructed", marker=False))
    ax.plot(built.index, built["regions"], **style.look("constructed", line=False))
    style.label(ax, last, built["montufar"].iloc[-1], "Montúfar's\nconstruction", "constructed")
    texts = {"random": "at a random start", "trained": "after training"}
    for (concept, text), epoch, drop in zip(texts.items(), ends(result.cfg), (2.5, 10), strict=True):
        if step is None:
            means_and_seeds(ax, result, "plane", "hidden_layers", f"epoch == {epoch}", concept)
            style.label(ax, last, shallow / drop, text, concept, ha="right", va="top")
    ax.set(yscale="log", ylim=(shallow / 60, 10 * built["most"].max()), xticks=built.index,
           xlabel=f"hidden layers in which {result.cfg.units} units stand", ylabel="linear regions")  # fmt: skip
    ax.minorticks_off()
    return fig


def means_and_seeds(ax: Axes, result: Result, column: str, x: str, where: str, concept: str) -> None:
    """Counts of every network against hidden layers or epochs, and their mean with its interval."""
    counts = result.tables["regions"].query(where).pivot(index="replicate", columns=x, values=column)
    mean = result.tables[f"mean_{column}"].query(where)
    style.seeds(ax, counts.columns, counts.to_numpy(), concept)
    style.band(ax, mean[x], mean["low"], mean["high"], concept)
    ax.plot(mean[x], mean[column], **style.look(concept))


def draw_training(result: Result) -> Figure:
    """Regions over training of the flattest and the deepest networks, in the plane and where the data are."""
    fig, axes = style.canvas(1, 2, sharey=True)
    cfg, regions = result.cfg, result.tables["regions"]
    arms = {"shallow": min(cfg.hidden_layers), "deep": max(cfg.hidden_layers)}
    for ax, column, text in zip(axes, ("plane", "square"), ("in the plane", "where the data are"), strict=True):
        ax.axhline(cfg.units**2 / 2, **style.look("theory"))
        for concept, h in arms.items():
            means_and_seeds(ax, result, column, "epoch", f"hidden_layers == {h}", concept)
        ax.set_xscale("symlog", linthresh=1)
        ax.set(xlabel=f"epochs\n{text}", ylim=(0, 1.3 * regions["plane"].max()))
    texts = {concept: layers(h) for concept, h in arms.items()} | {"theory": f"${cfg.units}^2/2$"}
    for (concept, text), height in zip(texts.items(), (0.98, 0.9, 0.82), strict=True):
        style.label(axes[1], 0.98, height, text, concept, ha="right", va="top", xycoords="axes fraction",
                    xytext=(0, 0))  # fmt: skip
    axes[0].set(ylabel="linear regions")
    return fig


def draw_mosaic(result: Result, step: int | None) -> Figure:
    """The mosaic at the start and after training, with the data; build steps show it on the way."""
    epochs, last = pictured(result.cfg), STEPS["mosaic"] if step is None else step - 1
    parts = [(f"trained{i}", f"epoch {epochs[i]:,}" if epochs[i] else "at the start", square_of(result, epochs[i]))
             for i in (0, last)]  # fmt: skip
    fig = mosaic.figure(result.arrays, parts, style.classes())
    for ax in fig.axes:
        mosaic.points(ax, result.arrays["X"], result.arrays["y"])
    return fig


def draw_construction(result: Result, step: int | None) -> Figure:
    """Montúfar's mosaics with 1, 2, 3 hidden layers; build steps show one, then two."""
    tiles = {h: len(result.arrays[f"folded{h}_odd"]) for h in range(1, FOLDED + 1)}
    fig = mosaic.figure(result.arrays, [(f"folded{h}", layers(h), number) for h, number in tiles.items()])
    for ax in fig.axes[step:] if step else ():
        for artist in (*ax.collections, ax.xaxis.label):
            artist.set_visible(False)
    return fig


def draw_digits(result: Result) -> Figure:
    """The mosaic on the plane through three digits, at the start and after training; each image where it lies."""
    regions = result.tables["digits"].set_index("stage")["square"]
    parts = [(f"digits_{stage}", text, regions[stage])
             for stage, text in (("start", "at the start"), ("trained", "after training"))]  # fmt: skip
    fig = mosaic.figure(result.arrays, parts, style.categories(10))
    for ax in fig.axes:
        mosaic.images(ax, result.arrays["images"].reshape(-1, 8, 8), result.arrays["marks"])
    return fig


def draw_millions(result: Result) -> Figure:
    """The mosaic of the wide network, nearer in each window; a frame where the next one lies."""
    whole, *windows = result.tables["wide"].itertuples()
    parts = [("near", f"{SQUARE / window.half:,.0f}× nearer", window.regions) for window in windows]
    fig = mosaic.figure(result.arrays, parts)
    mosaic.zoom(fig.axes, [window.half for window in windows])
    fig.axes[0].set_xlabel(f"{fig.axes[0].get_xlabel()}\nof {rounded(whole.regions)}")
    return fig
