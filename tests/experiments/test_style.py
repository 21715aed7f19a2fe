"""Figures: legible from the last row, the same bytes twice."""

import base64
import io
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose
from PIL import Image

from experiments import style
from experiments.palette import CONCEPTS, HUES

THEMES = sorted(path.stem for path in (style.CONF / "style").glob("*.yaml"))
CANVASES = sorted(path.stem for path in (style.CONF / "canvas").glob("*.yaml"))
WORDS = {"title": "A & B", "description": "Alt – “text” <1>", "comment": "claim; fingerprint 0123; seed 0"}
HOUSE = {"foreground": "#222222", "background": "#fffdf5", "muted": "#666666"}


def drawing():
    fig, ax = style.canvas()
    x = np.arange(1, 9)
    for concept, slope in (("relu", 1.0), ("tanh", 0.5)):
        style.seeds(ax, x, slope * x + np.sin(np.outer(np.arange(5), x)), concept)
        style.band(ax, x, slope * x - 1, slope * x + 1, concept)
        ax.plot(x, slope * x, **style.look(concept))
        style.label(ax, x[-1], slope * x[-1], concept, concept)
    ax.set(xlabel="depth $L$", ylabel="error", xlim=(1, 8))
    return fig


# themes and canvases


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("theme", THEMES)
def test_a_figure_fits_in_every_theme_on_every_canvas(theme, canvas):
    with style.use(theme, canvas):
        assert style.fits(drawing()) == []


def test_canvases_keep_their_floors():
    floors = {}
    for name in CANVASES:
        with style.use(canvas=name):
            floors[name] = style.size("note")
    assert floors == {"slide": 18, "half": 14, "square": 14, "paper": 8}


def test_lines_and_markers_grow_with_the_canvas():
    with style.use(canvas="paper"):
        line, marker = style.size("line"), style.size("marker")
    with style.use(canvas="slide"):
        assert_allclose([style.size("line") / line, style.size("marker") / marker], 3)
        assert matplotlib.rcParams["lines.linewidth"] == style.size("line")


def test_three_keys_make_a_house_style():
    with style.use({**HOUSE, "colours": {"relu": "#aa0000"}}):
        assert (style.ink(), style.ground(), style.muted()) == ("#222222", "#fffdf5", "#666666")
        assert style.look("relu")["color"] == "#aa0000"
        assert style.look("tanh")["color"] == HUES["gold"][0]


@pytest.mark.parametrize(
    ("theme", "canvas", "complaint"),
    [
        ({**HOUSE, "grid": True}, "slide", "style.grid: "),
        ({"foreground": "black"}, "slide", "style.background: .*missing"),
        ({**HOUSE, "muted": "greyish"}, "slide", "style: muted is 'greyish'; a colour such as"),
        ({**HOUSE, "colours": {"rulu": "red"}}, "slide", "style.colours has no concept 'rulu'; there are deep, "),
        ({**HOUSE, "transparent": "perhaps"}, "slide", "style.transparent: "),
        ("light", {"width": 3, "height": 2}, "canvas.label: .*missing"),
        ("light", {"width": "wide", "height": 2, "label": 9, "tick": 9, "floor": 9}, "canvas.width: "),
        (
            "light",
            {"width": 0, "height": 2, "label": 9, "tick": 9, "floor": 9},
            r"Canvas\(width=0.0, .*: lengths above 0 and",
        ),
        ("light", {"width": 3, "height": 2, "label": 9, "tick": 7, "floor": 8}, "a floor of at most label and tick"),
    ],
)
def test_a_wrong_style_is_refused_in_one_line(theme, canvas, complaint):
    with pytest.raises(ValueError, match=complaint) as refusal, style.use(theme, canvas):
        pass
    assert "\n" not in str(refusal.value)


def test_a_font_that_is_not_installed_is_passed_over_in_silence(tmp_path, caplog):
    with style.use({**HOUSE, "fonts": ["No Such Font"]}, "paper"):
        house = style.save(drawing(), tmp_path, "house", **WORDS)
    with style.use(HOUSE, "paper"):
        plain = style.save(drawing(), tmp_path, "house", **WORDS)
    assert [path.read_bytes() for path in house] == [path.read_bytes() for path in plain]
    assert not caplog.records


def test_a_style_ends_with_its_block():
    before = dict(matplotlib.rcParams)
    with style.use("dark", "half"), style.use("print", "paper"):
        assert style.ink() == "#000000"
    assert style.ground() == "#ffffff"
    assert dict(matplotlib.rcParams) == before


def test_drawing_leaves_pyplot_alone():
    drawing()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("concept", [*CONCEPTS, "theory", "published"])
def test_a_look_serves_plot_and_scatter(concept):
    _, ax = style.canvas()
    ax.plot([1, 2], [1, 2], **style.look(concept))
    (line,) = ax.plot([1, 2], [1, 2], **style.look(concept, marker=False))
    (points,) = ax.plot([1, 2], [1, 2], **style.look(concept, line=False))
    ax.scatter([1], [2], **style.look(concept, line=False))
    assert line.get_marker() == ""
    assert concept == "theory" or points.get_linestyle() == "None"


# what does not fit


def problems(draw):
    """What style.fits says of a half canvas on which `draw` has drawn."""
    with style.use(canvas="half"):
        fig, ax = style.canvas()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        draw(fig, ax)
        return style.fits(fig)


def test_small_text_is_found():
    assert problems(lambda fig, ax: ax.text(0.5, 0.5, "tiny", fontsize=13)) == [
        "'tiny' has 13 pt; this canvas needs 14"
    ]
    assert problems(lambda fig, ax: ax.tick_params(axis="x", labelsize=9))[0].endswith("has 9 pt; this canvas needs 14")


def test_small_text_in_a_legend_is_found():
    def draw(fig, ax):
        ax.plot([0, 1], label="one")
        ax.legend(fontsize=10)

    assert problems(draw) == ["'one' has 10 pt; this canvas needs 14"]


def test_overlapping_text_is_found():
    def draw(fig, ax):
        ax.text(0.5, 0.50, "under")
        ax.text(0.5, 0.52, "over")

    assert problems(draw) == ["'under' overlaps 'over'"]
    crowded = problems(
        lambda fig, ax: ax.set_xticks(np.linspace(0, 1, 30), [f"{x:.3f}" for x in np.linspace(0, 1, 30)])
    )
    assert "'0.000' overlaps '0.034'" in crowded


def test_text_outside_the_figure_is_found():
    assert problems(lambda fig, ax: fig.text(0.98, 0.99, "gone")) == ["'gone' is cut off"]


def test_text_cut_by_its_axes_is_found():
    assert problems(lambda fig, ax: ax.text(0.99, 0.5, "half of this", clip_on=True)) == ["'half of this' is cut off"]


def test_text_that_nobody_sees_is_no_problem():
    def draw(fig, ax):
        ax.text(0.5, 0.5, "")
        ax.text(0.5, 0.5, "hidden", fontsize=3, visible=False)
        ax.annotate("outside the limits", (7, 7), fontsize=3)
        ax.set_xticks([0, 0.5, 1, 1.01, 1.02], ["0", "half", "1", "beyond the limits", "farther"])
        ax.set_xlim(0, 1)
        fig.subplots(1, 2)[1].set_visible(False)
        fig.axes[1].remove()

    assert problems(draw) == []


# files


@pytest.fixture
def paper():
    """The smallest canvas, which is written in a tenth of a slide's time."""
    with style.use(canvas="paper"):
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """What is written of a figure."""
    with style.use(canvas="paper"):
        return style.save(drawing(), tmp_path_factory.mktemp("saved") / "new", "bumps.step1", **WORDS)


def test_a_figure_comes_as_svg_png_and_pdf(saved):
    assert [path.name for path in saved] == [f"bumps.step1.{suffix}" for suffix in ("pdf", "png", "svg")]
    assert saved[0].parent.name == "new"
    assert sorted(saved[0].parent.iterdir()) == saved


def test_a_slide_is_4000_by_2250_pixels(tmp_path):
    _, png, _ = style.save(drawing(), tmp_path, "slide", **WORDS)
    with Image.open(png) as image:
        assert image.size == (4000, 2250)
        assert_allclose(image.info["dpi"], (300, 300), atol=0.01)


def test_a_file_says_what_it_shows(saved):
    pdf, png, svg = saved
    root = ElementTree.parse(svg).getroot()
    title, desc = root[0], root[1]
    assert (title.text, desc.text) == (WORDS["title"], WORDS["description"])
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", f"{title.get('id')} {desc.get('id')}")
    with Image.open(png) as image:
        assert (image.info["Title"], image.info["Description"], image.info["Comment"]) == tuple(WORDS.values())
    for source in (svg.read_bytes(), png.read_bytes(), pdf.read_bytes()):
        assert b"CC BY 4.0" in source


def test_text_is_paths_in_svg_and_truetype_in_pdf_and_no_file_is_dated(saved):
    pdf, png, svg = (path.read_bytes() for path in saved)
    assert b"<text" not in svg
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"Date" not in pdf
    assert b"dc:date" not in svg
    assert b"tIME" not in png


@pytest.mark.usefixtures("paper")
def test_the_same_figure_gives_the_same_bytes(tmp_path):
    first = style.save(drawing(), tmp_path / "first", "bumps", **WORDS)
    inspected = drawing()
    style.fits(inspected)
    for again in (inspected, inspected, drawing()):
        second = style.save(again, tmp_path / "second", "bumps", **WORDS)
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_process_with_settings_of_its_own_gives_the_same_bytes(tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\nsavefig.bbox: tight\nfont.size: 30\n")
    script = """
from pathlib import Path
from experiments import style
with style.use(canvas="paper"):
    fig, ax = style.canvas()
    ax.plot([1, 2], **style.look("relu"), label="ReLU")
    ax.legend()
    style.save(fig, Path({!r}), "bumps", title="t", description="d", comment="c")
"""
    exec(script.format(str(tmp_path / "here")), {})
    environment = os.environ | {"PYTHONHASHSEED": "1", "MATPLOTLIBRC": str(tmp_path)}
    command = [sys.executable, "-c", script.format(str(tmp_path / "there"))]
    subprocess.run(command, check=True, cwd=style.CONF.parent, env=environment)
    for suffix in ("pdf", "png", "svg"):
        assert (tmp_path / f"here/bumps.{suffix}").read_bytes() == (tmp_path / f"there/bumps.{suffix}").read_bytes()


def test_a_transparent_ground_is_see_through(tmp_path):
    for transparent, alpha in ((True, 0), (False, 255)):
        with style.use({**HOUSE, "transparent": transparent}, "paper"):
            _, png, _ = style.save(drawing(), tmp_path, "house", **WORDS)
        with Image.open(png) as image:
            assert image.getpixel((0, 0))[3] == image.getpixel((image.width // 3, image.height // 9))[3] == alpha


@pytest.mark.usefixtures("paper")
def test_a_heavy_svg_is_refused_and_nothing_is_left(tmp_path):
    dense = np.random.default_rng(0).normal(size=(2, 8_000))
    fig, ax = style.canvas()
    ax.plot(*dense, ".")
    with pytest.raises(ValueError, match=r"cloud.svg has \d+ kB, the limit is 300: .* rasterized=True"):
        style.save(fig, tmp_path, "cloud", **WORDS)
    assert list(tmp_path.iterdir()) == []
    fig, ax = style.canvas()
    ax.plot(*dense, ".", rasterized=True)
    *_, svg = style.save(fig, tmp_path, "cloud", **WORDS)
    assert svg.stat().st_size <= 300_000


def test_a_raster_layer_that_is_too_heavy_is_thinned_and_looks_the_same(tmp_path, monkeypatch):
    flat = np.array([[8, 61, 122], [212, 86, 12], [120, 160, 190]], dtype=np.uint8)
    mosaic = flat[np.random.default_rng(0).integers(3, size=(200, 200))]
    images, sizes = [], [style.SVG_LIMIT]
    for _ in range(2):
        monkeypatch.setattr(style, "SVG_LIMIT", sizes[-1] - 1)  # the second time it is one byte too heavy
        with style.use(canvas="paper"):
            fig, ax = style.canvas()
            ax.imshow(mosaic, interpolation="none", rasterized=True)
            *_, svg = style.save(fig, tmp_path, "mosaic", **WORDS)
        sizes.append(svg.stat().st_size)
        (png,) = re.findall(r"base64,([^\"]+)", svg.read_text())
        with Image.open(io.BytesIO(base64.b64decode(png))) as image:
            images.append(np.asarray(image.convert("RGBA"))[:, :, :3].astype(int))
    assert sizes[2] < sizes[1]
    assert np.abs(images[1] - images[0]).mean() < 4  # of 255


def test_categories_are_the_hues_on_this_ground():
    for theme, ground in (("light", 0), ("dark", 1)):
        with style.use(theme):
            drawn = style.categories(3)([0, 0.5, 1.0])
        assert [to_hex(colour) for colour in drawn] == [hues[ground] for hues in HUES.values()][:3]


@pytest.mark.usefixtures("paper")
def test_a_failure_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="no such folder"):
        style.save(drawing(), tmp_path, "no such folder/bumps", **WORDS)
    assert list(tmp_path.iterdir()) == []


def test_asking_for_a_colour_loads_neither_seaborn_nor_pyplot():
    script = "import sys; from experiments import style; style.look('relu'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=style.CONF.parent
    )
    assert {"seaborn", "pandas", "scipy", "matplotlib.pyplot"}.isdisjoint(loaded.stdout.split())


@pytest.mark.usefixtures("paper")
def test_every_image_on_one_pair_of_axes_keeps_its_place(tmp_path):
    fig, ax = style.canvas()
    for x in range(3):
        ax.imshow(np.eye(2), extent=(3 * x, 3 * x + 1, 0, 1))
    ax.set(xlim=(0, 7), ylim=(0, 1))
    style.save(fig, tmp_path, "three", title="t", description="d", comment="c")
    assert (tmp_path / "three.svg").read_text().count("<image ") == 3
