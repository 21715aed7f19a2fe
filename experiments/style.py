"""What every figure looks like: its canvas, its theme, the look of a concept; and the only code that writes images.

    with style.use("dark", "half"):                     # without it: light, on a slide
        fig, ax = style.canvas()
        ax.plot(depth, error, **style.look("relu"))
        style.label(ax, depth[-1], error[-1], "ReLU", "relu")
        style.save(fig, folder, "collapse", title=…, description=…, comment=…)

Sizes are points of the finished figure. Figures are made without pyplot, so none is left open.
"""

import base64
import html
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib import colors, font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments.palette import CONCEPTS, HUES, is_dark, legible
from experiments.store import draft, publish

CONF = Path(__file__).parents[1] / "conf"
DPI = 300
RASTER_DPI = 150  # of rasterised layers inside an SVG: a 1080-line projector shows a slide at 144
SVG_LIMIT = 300_000  # bytes: committed figures stay light
PNG_IN_SVG = rb"data:image/png;base64,([A-Za-z0-9+/=\s]+)"
RIGHTS = "CC BY 4.0"


@dataclass(frozen=True)
class Theme:
    foreground: str
    background: str
    muted: str
    transparent: bool = False
    fonts: list[str] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unknown := sorted(self.colours.keys() - CONCEPTS.keys()):
            raise ValueError(f"style.colours has no concept {unknown[0]!r}; there are {', '.join(CONCEPTS)}")
        grounds = {"foreground": self.foreground, "background": self.background, "muted": self.muted}
        for key, value in {**grounds, **self.colours}.items():
            if not colors.is_color_like(value):
                raise ValueError(f"style: {key} is {value!r}; a colour such as '#1f2430' is needed")


@dataclass(frozen=True)
class Canvas:
    width: float
    height: float
    label: float
    tick: float
    floor: float

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.floor) <= 0 or self.floor > min(self.label, self.tick):
            raise ValueError(f"{self}: lengths above 0 and a floor of at most label and tick are needed")

    @property
    def scale(self) -> float:
        return self.label / 12  # seaborn's notebook context is made for labels of 12 points


def _read(kind: type, group: str, values: str | Mapping[str, Any]) -> Any:
    """A Theme or a Canvas from values, or from the file of that name in conf/; a ValueError of one line."""
    try:
        given = OmegaConf.load(CONF / group / f"{values}.yaml") if isinstance(values, str) else dict(values)
        return OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(kind), given))
    except OmegaConfBaseException as error:
        raise ValueError(f"{group}.{error.full_key}: {str(error).splitlines()[0]}") from None


_style: ContextVar[tuple[Theme, Canvas]] = ContextVar("style")


@cache
def _default() -> tuple[Theme, Canvas]:
    return _read(Theme, "style", "light"), _read(Canvas, "canvas", "slide")


def _theme() -> Theme:
    return _style.get(_default())[0]


def _canvas() -> Canvas:
    return _style.get(_default())[1]


@contextmanager
def use(theme: str | Mapping[str, Any] = "light", canvas: str | Mapping[str, Any] = "slide") -> Iterator[None]:
    """Inside, everything is drawn in this theme on this canvas: names of files in conf/, or their contents."""
    chosen = _read(Theme, "style", theme), _read(Canvas, "canvas", canvas)
    token = _style.set(chosen)
    try:
        with matplotlib.style.context(["default", _settings(*chosen)]):
            yield
    finally:
        _style.reset(token)


def _settings(theme: Theme, canvas: Canvas) -> dict[str, Any]:
    """Seaborn's ticks and its notebook context, scaled to the canvas, in the theme's colours."""
    import seaborn  # takes two seconds, which those who only ask for a colour need not wait

    sizes = {key: canvas.scale * points for key, points in seaborn.plotting_context("notebook").items()}
    frame = {key: 0.65 * points for key, points in sizes.items() if "tick." in key or key == "axes.linewidth"}
    pads = ("axes.labelpad", "xtick.major.pad", "ytick.major.pad", "xtick.minor.pad", "ytick.minor.pad")
    labels = ("xtick.labelsize", "ytick.labelsize", "legend.fontsize", "legend.title_fontsize")
    drawn_in_ink = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    known = set(font_manager.get_font_names())  # naming another would warn at every text
    return {
        **seaborn.axes_style("ticks"),
        **sizes,
        **frame,
        **dict.fromkeys(pads, 3.5 * canvas.scale),
        **dict.fromkeys(labels, canvas.tick),
        **dict.fromkeys(drawn_in_ink, theme.foreground),
        **dict.fromkeys(("figure.facecolor", "axes.facecolor"), theme.background),
        **dict.fromkeys(("axes.spines.right", "axes.spines.top", "legend.frameon", "patch.force_edgecolor"), False),
        **dict.fromkeys(("figure.constrained_layout.h_pad", "figure.constrained_layout.w_pad"), 0.05 * canvas.scale),
        "axes.formatter.use_mathtext": True,
        "axes.prop_cycle": cycler(color=[hues[is_dark(theme.background)] for hues in HUES.values()]),
        "font.family": [*(font for font in theme.fonts if font in known), "DejaVu Sans"],
        "image.cmap": "cividis",
    }


def canvas(rows: int = 1, columns: int = 1, **subplots: Any) -> tuple[Figure, Any]:
    """An empty figure of the current size, and its axes: one, or an array; further keys as in Figure.subplots."""
    if _style.get(None) is None:
        matplotlib.style.use(["default", _settings(*_default())])
    width, height = (round(inches * DPI) / DPI for inches in (_canvas().width, _canvas().height))  # whole pixels
    fig = Figure(figsize=(width, height), layout="constrained")
    return fig, fig.subplots(rows, columns, **subplots)


def ground() -> str:
    return _theme().background


def ink() -> str:
    return _theme().foreground


def muted() -> str:
    """The grey of theory and of published numbers."""
    return _theme().muted


def colour(concept: str) -> str:
    """The concept's colour, the same in every figure on this ground."""
    if concept in ("theory", "published"):
        return muted()
    if concept not in CONCEPTS:
        raise ValueError(f"no look for {concept!r}; there are {', '.join(CONCEPTS)}, theory, published")
    return _theme().colours.get(concept, HUES[CONCEPTS[concept][0]][is_dark(ground())])


def look(concept: str, line: bool = True, marker: bool = True) -> dict[str, Any]:
    """Colour, marker and dash of a concept, in keys that both plot and scatter know."""
    if concept == "theory":
        return {"color": muted(), "linestyle": "-", "linewidth": 0.7 * size("line"), "marker": "", "zorder": 1.9}
    _, shape, dash = CONCEPTS.get(concept, ("", "s", "none"))
    return {"color": colour(concept), "linestyle": dash if line else "none", "marker": shape if marker else ""}


def size(role: str) -> float:
    """Points: of a label, a tick label or a note; the width of a line, the diameter of a marker."""
    c = _canvas()
    return {"label": c.label, "tick": c.tick, "note": c.floor, "line": 1.5 * c.scale, "marker": 6 * c.scale}[role]


def magnitude() -> colors.Colormap:
    """For amounts: perceptually even, and the same to colour-blind eyes."""
    return matplotlib.colormaps["cividis"]


def sign() -> colors.Colormap:
    """For signed values: its middle fades into the ground. Pass norm=CenteredNorm(), so that zero is the middle."""
    import seaborn  # noqa: F401  (brings vlag)

    return matplotlib.colormaps["berlin" if is_dark(ground()) else "vlag"]


def classes() -> colors.Colormap:
    """From class 0 over the ground, at one half, to class 1: for a probability."""
    return colors.LinearSegmentedColormap.from_list("classes", [colour("class0"), ground(), colour("class1")])


def categories(n: int) -> colors.Colormap:
    """n hues for classes without an order, at most eleven, for values from 0 to 1."""
    return colors.ListedColormap([hues[is_dark(ground())] for hues in HUES.values()][:n])


def label(ax: Axes, x: float, y: float, text: str, concept: str | None = None, **annotate: Any) -> Annotation:
    """Text beside the point (x, y) in the concept's colour: on its right, unless ha and va say otherwise."""
    ha, va = annotate.setdefault("ha", "left"), annotate.setdefault("va", "center")
    right = {"left": 0.5, "right": -0.5}.get(ha, 0.0) * size("label")
    up = {"bottom": 0.4, "top": -0.4}.get(va, 0.0) * size("label")
    text_colour = legible(colour(concept), ground(), ink()) if concept else ink()
    keys: dict[str, Any] = {"xytext": (right, up), "textcoords": "offset points", "annotation_clip": False}
    return ax.annotate(text, (x, y), **keys | {"color": text_colour, "fontsize": size("label")} | annotate)


def band(ax: Axes, x: Any, low: Any, high: Any, concept: str) -> None:
    """The interval around a line."""
    ax.fill_between(x, low, high, color=colour(concept), alpha=0.22, linewidth=0, zorder=1.4)


def seeds(ax: Axes, x: Any, Y: Any, concept: str) -> None:
    """Every seed, lightly. Shapes (n_x,) and (n_seeds, n_x)."""
    ax.plot(x, np.asarray(Y).T, color=colour(concept), alpha=0.3, linewidth=0.5 * size("line"), zorder=1.6)


def save(fig: Figure, folder: Path, stem: str, *, title: str, description: str, comment: str) -> list[Path]:
    """Paths of the PDF, PNG and SVG. The same figure gives the same bytes; nothing is left half written."""
    _freeze_layout(fig)
    about: dict[str, dict[str, str | None]] = {
        "svg": {"Title": title, "Description": description, "Source": comment, "Rights": RIGHTS, "Date": None},
        "png": {"Title": title, "Description": description, "Comment": comment, "Copyright": RIGHTS},
        "pdf": {"Title": title, "Subject": description, "Keywords": f"{comment}; {RIGHTS}", "CreationDate": None},
    }
    images = {suffix: _rendered(fig, suffix, facts) for suffix, facts in about.items()}
    images["svg"] = _described(images["svg"], stem, description)
    if len(images["svg"]) > SVG_LIMIT:
        images["svg"] = re.sub(PNG_IN_SVG, _with_fewer_colours, images["svg"])
    if (length := len(images["svg"])) > SVG_LIMIT:
        limit = f"the limit is {SVG_LIMIT // 1000}: draw dense layers with rasterized=True"
        raise ValueError(f"{stem}.svg has {length // 1000} kB, {limit}")
    with draft(folder) as drafted:
        for suffix, image in images.items():
            (drafted / f"{stem}.{suffix}").write_bytes(image)
        return [folder / name for name in publish(drafted, folder)]


def _freeze_layout(fig: Figure) -> None:
    """Lay out once, so that all formats show the same picture, whatever was drawn before."""
    fig.draw_without_rendering()
    fig.set_layout_engine("none")


def _rendered(fig: Figure, suffix: str, metadata: dict[str, str | None]) -> bytes:
    image = io.BytesIO()
    fixed: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "whydeep", "pdf.fonttype": 42}
    fixed["image.composite_image"] = False  # merged into one, several images on one pair of axes lose their places
    dpi = RASTER_DPI if suffix == "svg" else DPI
    with matplotlib.rc_context(fixed):
        fig.savefig(image, format=suffix, dpi=dpi, metadata=metadata, transparent=_theme().transparent)
    return image.getvalue()


def _described(svg: bytes, stem: str, description: str) -> bytes:
    """The SVG, as an image whose title and description a screen reader finds."""
    source = svg.decode().replace("<svg ", f'<svg role="img" aria-labelledby="{stem}-title {stem}-desc" ', 1)
    source = source.replace("<title>", f'<title id="{stem}-title">', 1)
    desc = f'<desc id="{stem}-desc">{html.escape(description)}</desc>'
    return source.replace("</title>", f"</title>\n {desc}", 1).encode()


def _with_fewer_colours(found: re.Match[bytes]) -> bytes:
    """A PNG inside an SVG, its colours reduced to 256: a third of the size, and to the eye the same."""
    from PIL import Image

    small = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as image:
        image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return b"data:image/png;base64," + base64.b64encode(small.getvalue())


def fits(fig: Figure) -> list[str]:
    """A sentence for each text below the canvas's floor, cut off, or over another text; none for a figure that fits.

    Boxes are upright, so a slanted text claims too much; superscripts (70 % of their line) are not measured.
    """
    _freeze_layout(fig)
    texts = [(text, Text.get_window_extent(text), float(text.get_fontsize())) for text in _drawn(fig)]
    problems = []
    for text, box, points in texts:
        if points < _canvas().floor - 1e-6:
            problems.append(f"{text.get_text()!r} has {points:g} pt; this canvas needs {_canvas().floor:g}")
        frames = filter(None, (fig.bbox, text.get_clip_box() if text.get_clip_on() else None))
        if not all(frame.padded(1).contains(*corner) for frame in frames for corner in (box.min, box.max)):
            problems.append(f"{text.get_text()!r} is cut off")
    for (one, a, small), (other, b, large) in combinations(texts, 2):
        air = 0.1 * min(small, large) * fig.dpi / 72  # around the ink in a box
        if a.padded(-air).overlaps(b):
            problems.append(f"{one.get_text()!r} overlaps {other.get_text()!r}")
    return problems


def _drawn(fig: Figure) -> list[Text]:
    """The texts that drawing really puts on the page: not the empty, the hidden, or the ticks beyond the limits."""
    seen, draw = [], Text.draw

    def watched(text: Text, renderer: RendererBase) -> None:
        text.stale = True
        draw(text, renderer)
        if not text.stale:  # Text.draw comes to its end only when there is something to show
            seen.append(text)

    Text.draw = watched  # type: ignore[assignment, method-assign]
    try:
        fig.draw_without_rendering()
    finally:
        Text.draw = draw  # type: ignore[method-assign]
    return seen
