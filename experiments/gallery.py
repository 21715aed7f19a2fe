"""The page of all figures and the README's table, from the stored records and the images beside them.

One page, no server, no network, no script: it opens from the file system, on a phone too.
"""

import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from experiments import config, store
from experiments.report import measured

Record = Mapping[str, Any]
LICENCE = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
MOODS = {"exact": "good", "holds": "good", "refuted here": "bad"}  # of verdicts; any other is open
SNIPPETS = {
    "Markdown": "![{plain}]({stem}.svg)",
    "LaTeX": "\\includegraphics[width=\\linewidth, alt={{{tex}}}]{{{stem}.pdf}}",
    "HTML": '<img src="{stem}.svg" alt="{html}">',
}


def refresh(folder: Path, changed: bool) -> Path:
    """The page of a folder, built anew if a record changed; for the committed figures, the README's table too."""
    path = folder / "index.html"
    if changed or not path.is_file():
        committed = folder.resolve() == (config.ROOT / config.defaults()["output"]).resolve()
        build(folder, config.ROOT / "README.md" if committed else None)
    return path


def build(output: Path, readme: Path | None) -> None:
    """Write <output>/index.html from the records in that folder; with a README, the table between its markers too."""
    found = [store.read(path) for path in output.glob("*.json")]
    records = sorted((r for r in found if r and "claims" in r), key=lambda r: (r["order"], r["experiment"]))
    _update(output / "index.html", page(records, output))
    if readme is not None:
        insert(readme, "results", results(records, Path(os.path.relpath(output, readme.parent)).as_posix()))


def insert(readme: Path, name: str, block: str) -> None:
    """Put a block between a README's lines <!-- name --> and <!-- /name -->; a ValueError where they are missing."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, opened, rest = readme.read_text(encoding="utf-8").partition(start)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise ValueError(f"{readme} has no lines {start} and {end}: the block {name} belongs between them")
    _update(readme, f"{before}{start}\n{block}{end}{after}")


def _update(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        store.write(path, text)


# the README's part


def results(records: Sequence[Record], figures: str) -> str:
    """Markdown: a thumbnail per experiment, then a row per claim; `figures` is the folder as the README sees it."""
    thumbnails = [
        f'<a href="{figures}/{r["experiment"]}.svg"><img src="{figures}/{r["experiment"]}.svg" width="32%" '
        f'alt="{escape(r["alt"])}"></a>'
        for r in records
    ]
    rows = [
        f"| {_markdown(claim['says'])} | **{claim['verdict']}**, {_markdown(measured(claim))} "
        f"| [{_markdown(r['experiment'])}]({figures}/{r['experiment']}.svg) |"
        for r in records
        for claim in r["claims"]
    ]
    return "\n".join(["", *thumbnails, "", "| claim | verdict | figure |", "|---|---|---|", *rows, "", ""])


def _markdown(text: str) -> str:
    """Text as it stands, in a cell of a Markdown table."""
    return re.sub(r"([\\`*_\[\]<>|~$])", r"\\\1", " ".join(text.split()))


# the page


def page(records: Sequence[Record], folder: Path) -> str:
    claims = [claim["verdict"] for record in records for claim in record["claims"]]
    tally = ", ".join(f"{claims.count(verdict)} {escape(verdict)}" for verdict in dict.fromkeys(sorted(claims)))
    contents = [
        f'<li><a href="#{r["experiment"]}">{escape(r["title"])}</a> {_verdict(r["verdict"])}</li>' for r in records
    ]
    return PAGE.substitute(
        tally=f"{len(records)} experiments, {len(claims)} claims: {tally}." if claims else "No figure is drawn yet.",
        contents="\n".join(contents),
        articles="\n".join(_article(record, folder) for record in records),
        licence=LICENCE,
    )


def _article(record: Record, folder: Path) -> str:
    name, made = record["experiment"], record["provenance"]
    panels = record["panels"].items()
    claims = "\n".join(
        f'<li>{_verdict(claim["verdict"])} {escape(claim["says"])} <span class="measured">{escape(measured(claim))}'
        "</span></li>"
        for claim in record["claims"]
    )
    headline, *further = (_panel(record, panel, words, folder) for panel, words in panels)
    versions = ", ".join(f"{package} {version}" for package, version in made["versions"].items())
    return ARTICLE.substitute(
        name=name,
        title=escape(record["title"]),
        slide=escape(record["slide"]),
        headline=headline,
        claims=claims,
        further="\n".join(further),
        command=escape(record["command"]),
        made=escape(f"seed {made['seed']}, size {made['size']}, fingerprint {made['fingerprint']}; {versions}"),
    )


def _panel(record: Record, panel: str, words: Mapping[str, Any], folder: Path) -> str:
    """A picture with its caption, its build steps, and how to take it along."""
    stem = record["experiment"] if panel == "headline" else f"{record['experiment']}.{panel}"
    n_steps, alt = words["steps"] or 0, words["alt"]
    steps = "\n".join(
        f"<li>{_image(folder, f'{stem}.step{k}', f'Step {k} of {n_steps}: {alt}')}</li>" for k in range(1, n_steps + 1)
    )
    return PANEL.substitute(
        image=_image(folder, stem, alt),
        caption=escape(words["caption"]),
        steps=f'<ol class="steps" aria-label="Build steps">\n{steps}\n</ol>' if steps else "",
        downloads=", ".join(
            f'<a href="{stem}.{suffix}" download>{suffix.upper()}</a>'
            for suffix in ("svg", "png", "pdf")
            if (folder / f"{stem}.{suffix}").is_file()
        )
        or "nothing yet",
        snippets="\n".join(
            f"<dt>{name}</dt><dd><pre><code>{escape(snippet)}</code></pre></dd>"
            for name, snippet in _snippets(stem, alt).items()
        ),
        licence=LICENCE,
    )


def _snippets(stem: str, alt: str) -> dict[str, str]:
    plain = re.sub(r"([\\\[\]])", r"\\\1", alt)
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    tex = "".join(special.get(c, f"\\{c}" if c in "{}%$#&_" else c) for c in alt)
    return {name: text.format(stem=stem, plain=plain, tex=tex, html=escape(alt)) for name, text in SNIPPETS.items()}


def _image(folder: Path, stem: str, alt: str) -> str:
    """The SVG, linked to itself; the dark one where there is one and the reader prefers it."""
    path = folder / f"{stem}.svg"
    if not path.is_file():
        return f'<p class="missing">{escape(path.name)} is not there yet: the command below draws it.</p>'
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', path.read_text(encoding="utf-8"))
    space = (
        ' width="{:.0f}" height="{:.0f}"'.format(*map(float, size.groups())) if size else ""
    )  # so that nothing jumps
    img = f'<img src="{path.name}" alt="{escape(alt)}"{space} loading="lazy">'
    if (folder / "dark" / path.name).is_file():
        source = f'<source srcset="dark/{path.name}" media="(prefers-color-scheme: dark)">'
        img = f"<picture>{source}{img}</picture>"
    return f'<a href="{path.name}">{img}</a>'


def _verdict(verdict: str) -> str:
    return f'<strong class="{MOODS.get(verdict, "open")}">{escape(verdict)}</strong>'


PANEL = Template("""\
<figure>
$image
<figcaption>$caption</figcaption>
</figure>
$steps
<details>
<summary>Use this figure</summary>
<p>Download: $downloads. Free to reuse with attribution, $licence. A click on a snippet selects it.</p>
<dl>
$snippets
</dl>
</details>""")

ARTICLE = Template("""\
<article id="$name">
<h2><a href="#$name">$title</a></h2>
<p class="slide">Slide: $slide</p>
$headline
<ul class="claims">
$claims
</ul>
$further
<details>
<summary>Draw it again</summary>
<pre><code>$command</code></pre>
<p class="made">$made</p>
</details>
</article>""")

PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Why deep? The figures</title>
<style>
:root { --ink: #1f2430; --ground: #f6f7f9; --card: #fff; --soft: #5c6370; --line: #d9dce1;
  --link: #0b4fa0; --good: #17663a; --bad: #a3202b; --open: #7a5200; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2f3f5; --ground: #14171c; --card: #1d2128; --soft: #a8afb9; --line: #343a44;
    --link: #8ec2ff; --good: #86dba2; --bad: #ff9a9a; --open: #f0c46c; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--ink); background: var(--ground);
  font: 1.0625rem/1.55 system-ui, sans-serif; }
a { color: var(--link); }
h1 { font-size: 2rem; line-height: 1.2; margin: 1rem 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.45rem; line-height: 1.25; margin: 0; text-wrap: balance; }
h2 a { color: inherit; text-decoration: none; }
h2 a:hover, h2 a:focus { text-decoration: underline; }
article { margin: 2.5rem 0; padding: 1.5rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; }
figure { margin: 1rem 0; }
figcaption { margin-top: .6rem; }
img { display: block; width: 100%; height: auto; background: #fff; border-radius: .4rem; }
picture img { background: none; }
.slide, .made, .measured { color: var(--soft); font-size: .9375rem; margin: .25rem 0; }
.measured { display: block; margin: 0; overflow-wrap: anywhere; }
.claims { list-style: none; padding: 0; }
.claims li { padding: .6rem 0; border-top: 1px solid var(--line); }
nav li { margin: .3rem 0; }
strong { font-size: .8125rem; padding: .1em .5em; border: 1px solid; border-radius: 1em; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.steps { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; padding: 0;
  list-style: none; }
.steps img { border: 1px solid var(--line); }
summary { cursor: pointer; color: var(--link); padding: .35rem 0; }
dt { font-weight: 600; } dd { margin: 0 0 .75rem; }
pre { margin: .25rem 0; padding: .6rem .8rem; background: var(--ground); border-radius: .4rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .875rem; user-select: all; }
.missing { padding: 2rem; border: 1px dashed var(--line); text-align: center; }
@media (max-width: 34rem) { article { margin: 1.5rem -.5rem; padding: 1rem .75rem; } h1 { font-size: 1.6rem; } }
</style>
</head>
<body>
<header>
<h1>Why deep? Every claim of a lecture, put to the test</h1>
<p>$tally The figures may be reused: $licence.</p>
<nav aria-label="Experiments">
<ol>
$contents
</ol>
</nav>
</header>
<main>
$articles
</main>
</body>
</html>
""")
