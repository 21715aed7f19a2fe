"""What is kept of a run: results.json, the figures, and the README's block, which all say the same numbers."""

import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from experiments import gallery, store, style

PACKAGES = ("numpy", "numba", "jax", "torch", "scikit-learn", "regioncam", "relucent")


def made() -> dict[str, Any]:
    """When, on what, with which versions."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return {"date": date.today().isoformat(), "processor": processor(), "cores": os.cpu_count(), "versions": versions}


def processor() -> str:
    """The model's name, as the system tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(results: Mapping[str, Any], sections: Mapping[str, Any], folder: Path) -> None:
    """results.json, and a figure for each section that has one."""
    store.write(folder / "results.json", store.text(results))
    for name, section in sections.items():
        if results.get(name) and hasattr(section, "draw"):
            fig, alt = section.draw(results[name])
            style.save(
                fig, folder, name, title=section.__doc__.splitlines()[0], description=alt, comment=where(results)
            )


def block(results: Mapping[str, Any], sections: Mapping[str, Any], figures: str) -> str:
    """The README's part, from results.json: where it was measured, then the summary of each section."""
    parts = [where(results)]
    for name, section in sections.items():
        if results.get(name):
            parts += [section.__doc__.splitlines()[0], markdown(section.summary(results[name]))]
            if hasattr(section, "draw"):
                _, alt = section.draw(results[name])
                parts.append(f"![{alt}]({figures}/{name}.svg)")
    return "\n" + "\n\n".join(parts) + "\n\n"


def where(results: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{package} {number}" for package, number in results["versions"].items())
    return f"Measured on {results['date']} on {results['processor']}, {results['cores']} cores; {versions}."


def markdown(lines: Sequence[tuple[str, ...]]) -> str:
    head, *rest = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * len(head), *rest))


def insert(results: Mapping[str, Any], sections: Mapping[str, Any], readme: Path, figures: str) -> None:
    gallery.insert(readme, "speed", block(results, sections, figures))
