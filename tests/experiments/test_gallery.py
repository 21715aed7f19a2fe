"""The page of all figures and the README's table, from records made by hand."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments import gallery

ROOT = Path(gallery.__file__).parents[1]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="460.8pt" height="432pt" viewBox="0 0 460.8 432"></svg>'
VOID = {"meta", "img", "source", "br", "link", "hr", "input"}


def claim(key, verdict="exact", **changes):
    measured = {"value": 5e-15, "low": 5e-15, "high": 5e-15, "criterion": "≤ 1e-12"}
    return {"key": key, "says": f"The claim {key} is true.", "kind": "exact", "verdict": verdict, **measured, **changes}


def record(name, order=1, claims=(), panels=None, **changes):
    panels = panels or {"headline": {"caption": f"Caption of {name}", "alt": f"Picture of {name}", "steps": 0}}
    return {
        "experiment": name,
        "title": f"Title of {name}",
        "order": order,
        "slide": "A slide of the lecture",
        "verdict": "exact",
        "claims": list(claims) or [claim("first")],
        "panels": panels,
        "caption": panels["headline"]["caption"],
        "alt": panels["headline"]["alt"],
        "command": f"python -m experiments experiment={name}",
        "provenance": {"seed": 0, "size": "default", "fingerprint": "0123abcd", "versions": {"numpy": "2.0"}},
        **changes,
    }


def write(folder, *records, pictures=("{}.svg", "{}.png")):
    folder.mkdir(exist_ok=True)
    for one in records:
        (folder / f"{one['experiment']}.json").write_text(json.dumps(one))
        for picture in pictures:
            (folder / picture.format(one["experiment"])).write_text(SVG)


class Page(HTMLParser):
    """What a page is made of; fails where a tag is not closed in its place."""

    def __init__(self, folder):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        gallery.build(folder, None)
        self.feed((folder / "index.html").read_text())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag, key):
        return [attrs[key] for one, attrs in self.tags if one == tag and key in attrs]


@pytest.fixture
def folder(tmp_path):
    """Two experiments, one with steps, a further panel and a dark variant."""
    panels = {
        "headline": {"caption": "The cut", "alt": "A plane cut in two", "steps": 2},
        "xor": {"caption": "What one neuron cannot do", "alt": "Four points", "steps": 0},
    }
    claims = [
        claim("fit", says="The fit is <exact> & quick."),
        claim("gap", "holds", value=0.42, low=0.4, high=0.44, criterion="≤ 0.5"),
        claim("lost", "inconclusive", value=None, low=None, high=None),
    ]
    output = tmp_path / "figures"
    write(output, record("neuron", 10, claims, panels), record("collapse", 40), record("always_first", 2))
    for name in ("neuron.step1", "neuron.step2", "neuron.xor", "dark/neuron"):
        (output / name).parent.mkdir(exist_ok=True)
        (output / f"{name}.svg").write_text(SVG)
    return output


def test_the_page_is_well_formed_and_its_ids_are_unique(folder):
    page = Page(folder)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert sorted(ids) == ["always_first", "collapse", "neuron"]
    assert {link[1:] for link in page.all("a", "href") if link.startswith("#")} == set(ids)


def test_every_picture_is_there_and_has_an_alternative_text(folder):
    page = Page(folder)
    assert len(page.all("img", "alt")) == len(page.all("img", "src")) == 6
    assert all(page.all("img", "alt"))
    for path in page.all("img", "src") + page.all("source", "srcset"):
        assert (folder / path).is_file()


def test_nothing_is_loaded_from_the_network_and_nothing_runs(folder):
    page = Page(folder)
    loaded = [attrs[key] for _, attrs in page.tags for key in ("src", "srcset", "data", "poster") if key in attrs]
    assert not [path for path in loaded if ":" in path or path.startswith("//")]
    assert {"script", "link", "iframe", "object"}.isdisjoint(tag for tag, _ in page.tags)
    source = (folder / "index.html").read_text()
    assert "url(" not in source
    assert "@import" not in source


def test_experiments_stand_in_the_order_of_the_lecture(folder):
    assert [attrs["id"] for tag, attrs in Page(folder).tags if tag == "article"] == [
        "always_first",
        "neuron",
        "collapse",
    ]


def test_an_experiment_shows_its_claims_panels_steps_slide_and_command(folder):
    text = Page(folder).text
    for words in (
        "exact The fit is <exact> & quick. 5e-15 (≤ 1e-12)",
        "holds The claim gap is true. 0.42 [0.4, 0.44] (≤ 0.5)",
        "inconclusive The claim lost is true. –",
        "What one neuron cannot do",
        "Slide: A slide of the lecture",
        "python -m experiments experiment=neuron",
        "3 experiments, 5 claims: 3 exact, 1 holds, 1 inconclusive.",
    ):
        assert words in text
    assert Page(folder).all("img", "alt")[2:4] == ["Step 1 of 2: A plane cut in two", "Step 2 of 2: A plane cut in two"]


def test_a_dark_variant_is_shown_where_there_is_one(folder):
    assert Page(folder).all("source", "srcset") == ["dark/neuron.svg"]


def test_only_files_that_are_there_are_offered(folder):
    downloads = [attrs["href"] for tag, attrs in Page(folder).tags if tag == "a" and "download" in attrs]
    assert [name for name in downloads if "neuron" in name] == ["neuron.svg", "neuron.png", "neuron.xor.svg"]


def test_a_picture_keeps_its_place_while_it_loads(folder):
    sizes = [(attrs["width"], attrs["height"]) for tag, attrs in Page(folder).tags if tag == "img"]
    assert set(sizes) == {("461", "432")}


def test_a_missing_picture_is_said_to_be_missing(tmp_path):
    write(tmp_path, record("neuron"), pictures=())
    assert "neuron.svg is not there yet" in Page(tmp_path).text


def test_a_folder_without_figures_has_a_page_too(tmp_path):
    (tmp_path / "job.json").write_text('{"typed": {}}')
    assert "No figure is drawn yet." in Page(tmp_path).text


def test_snippets_embed_the_figure_with_its_alternative_text(tmp_path):
    alt = 'Error < 5 % for W_1 & "W_2" [20 seeds]'
    write(tmp_path, record("neuron", panels={"headline": {"caption": "c", "alt": alt, "steps": 0}}))
    text = Page(tmp_path).text
    assert r'![Error < 5 % for W_1 & "W_2" \[20 seeds\]](neuron.svg)' in text
    assert r'\includegraphics[width=\linewidth, alt={Error < 5 \% for W\_1 \& "W\_2" [20 seeds]}]{neuron.pdf}' in text
    assert '<img src="neuron.svg" alt="Error &lt; 5 % for W_1 &amp; &quot;W_2&quot; [20 seeds]">' in text


def test_words_cannot_break_the_page(tmp_path):
    evil = "</p><script>alert(1)</script>$title"
    panels = {"headline": {"caption": evil, "alt": f'"{evil}', "steps": 0}}
    write(tmp_path, record("neuron", claims=[claim(evil)], panels=panels, title=evil, slide=evil, command=evil))
    page = Page(tmp_path)
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(evil) >= 5


def test_the_same_records_give_the_same_page(folder):
    gallery.build(folder, None)
    first = (folder / "index.html").read_bytes()
    (folder / "index.html").unlink()
    gallery.build(folder, None)
    assert (folder / "index.html").read_bytes() == first


# the README


def test_the_readme_gets_a_row_per_claim_and_keeps_the_rest(folder):
    readme = folder.parent / "README.md"
    readme.write_text("# Why\n\n<!-- results -->\nlast time\n<!-- /results -->\n\nThe end.\n")
    gallery.build(folder, readme)
    text = readme.read_text()
    assert text.startswith("# Why\n\n<!-- results -->\n\n<a href=")
    assert text.endswith("|\n\n<!-- /results -->\n\nThe end.\n")
    assert "last time" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[1:4] == [
        "|---|---|---|",
        "| The claim first is true. | **exact**, 5e-15 (≤ 1e-12) | [always\\_first](figures/always_first.svg) |",
        r"| The fit is \<exact\> & quick. | **exact**, 5e-15 (≤ 1e-12) | [neuron](figures/neuron.svg) |",
    ]
    assert len(rows) == 7
    assert text.count('<img src="figures/') == 3


def test_a_claim_in_cases_shows_each(tmp_path):
    cases = {"radial": {"value": 0.5, "low": 0.4, "high": 0.6, "verdict": "holds"},
             "ridge": {"value": 0.0, "low": -0.1, "high": 0.1, "verdict": "refuted here"}}  # fmt: skip
    verdict = "holds only when the target is radial"
    write(tmp_path, record("depth", claims=[claim("better", verdict, criterion="≥ 0.3", cases=cases)], verdict=verdict))
    readme = tmp_path / "README.md"
    readme.write_text("<!-- results --><!-- /results -->")
    gallery.build(tmp_path, readme)
    row = r"**holds only when the target is radial**, radial 0.5 \[0.4, 0.6\], ridge 0 \[-0.1, 0.1\] (≥ 0.3) |"
    assert row in readme.read_text()
    text = Page(tmp_path).text
    assert f"{verdict} The claim better is true. radial 0.5 [0.4, 0.6], ridge 0 [-0.1, 0.1] (≥ 0.3)" in text
    assert f"1 experiments, 1 claims: 1 {verdict}." in text


def test_a_cell_cannot_break_the_table(tmp_path):
    write(tmp_path, record("neuron", claims=[claim("a", says="|W^[l]| is *small*\nand `x_1` too")]))
    readme = tmp_path / "README.md"
    readme.write_text("<!-- results --><!-- /results -->")
    gallery.build(tmp_path, readme)
    assert r"| \|W^\[l\]\| is \*small\* and \`x\_1\` too | **exact**" in readme.read_text()
    assert "[neuron](./neuron.svg)" in readme.read_text()


def test_an_unchanged_readme_is_not_written_again(folder):
    readme = folder.parent / "README.md"
    readme.write_text("<!-- results --><!-- /results -->")
    gallery.build(folder, readme)
    written = readme.stat().st_mtime_ns, readme.stat().st_ino
    gallery.build(folder, readme)
    assert (readme.stat().st_mtime_ns, readme.stat().st_ino) == written


@pytest.mark.parametrize("text", ["", "<!-- results -->", "<!-- /results --> <!-- results -->"])
def test_a_readme_without_markers_is_refused_and_left_alone(folder, text):
    readme = folder.parent / "README.md"
    readme.write_text(text)
    with pytest.raises(ValueError, match=r"README\.md has no lines <!-- results --> and <!-- /results -->"):
        gallery.build(folder, readme)
    assert readme.read_text() == text


def test_the_page_is_built_anew_only_when_a_record_changed(folder):
    page = gallery.refresh(folder, changed=False)
    assert page == folder / "index.html"
    page.write_text("as it was")
    gallery.refresh(folder, changed=False)
    assert page.read_text() == "as it was"
    gallery.refresh(folder, changed=True)
    assert page.read_text() != "as it was"


def test_the_gallery_loads_no_plotting_and_no_experiment(folder):
    script = f"""
import sys
from pathlib import Path
from experiments import gallery
gallery.build(Path({str(folder)!r}), None)
print(*sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert {"matplotlib", "pandas", "numpy", "experiments.style", "experiments.claim"}.isdisjoint(ran.stdout.split())
