"""The figures and the README say what results.json says."""

import json

import pytest

from benchmarks import networks, record
from benchmarks.__main__ import SECTIONS
from benchmarks.choice import HERE
from benchmarks.networks import CASES
from benchmarks.workloads import GROWTH, TRAINING
from experiments import store, style

MADE = {"date": "2026-01-31", "processor": "Abacus 9", "cores": 2, "versions": {"numpy": "2.0"}}
FACTORS = {"ours": 1.0, "jax": 0.5, "torch": 40.0}


def row(workload, precision, peer):
    factor = FACTORS[peer]
    return {
        "workload": workload.name,
        "network": workload.title,
        "precision": precision,
        "peer": peer,
        "seconds": [1e-9 * (100 + workload.flops) * factor] * 3,
        "ratio": [factor, 0.9 * factor, 1.1 * factor],
        "share_of_peak": [0.25, 0.2, 0.3],
        "difference": 1e-16,
        "bound": 1e-12,
    }


def region_rows(case):
    return [region_row(case, peer) for peer in ("ours", case.peer) if peer]


def region_row(case, peer):
    ours = peer == "ours"
    return {
        "workload": case.name,
        "network": case.title,
        "inputs": case.n_inputs,
        "peer": peer,
        "regions": 1000 * case.hidden[0] + (0 if ours else -3),
        "seconds": [0.1, 0.1, 0.2] if ours else [2.0, 1.0, 3.0],
        "ratio": [1.0, 1.0, 1.0] if ours else [20.0, 15.0, 25.0],
        "bytes": None if case.peer != "regioncam" else 80.0 if ours else 6000.0,
    }


@pytest.fixture
def results():
    training = [row(w, precision, peer) for w in TRAINING for precision in ("float32", "float64") for peer in FACTORS]
    growth = [
        {"axis": axis, "size": size, **row(workload, "float64", peer)}
        for axis, sizes in GROWTH.items()
        for size, workload in sizes.items()
        for peer in FACTORS
    ]
    start = [
        {"peer": "ours", "wall": [0.8, 0.7, 0.9], "cpu": [0.6, 0.5, 0.7], "memory": 2**27, "compile": [9.5, 8, 7.25]}
    ]
    threads = [{
        "network": "g, float32", "seconds": [1, 1, 1], "two_threads": [1.9, 1.8, 2.0],
        "two_processes": [1.95, 1.9, 2.0], "of_processes": [0.97, 0.9, 1.0],
    }]  # fmt: skip
    regions = [row for case in CASES for row in region_rows(case)]
    region_growth = [
        {"axis": axis, "size": size, **row}
        for axis, sizes in networks.GROWTH.items()
        for size, case in sizes.items()
        for row in region_rows(case)
    ]
    return MADE | {
        "training": training, "start": start, "threads": threads, "growth": growth,
        "regions": regions, "region_growth": region_growth,
    }  # fmt: skip


def test_the_readme_quotes_the_medians_with_date_and_processor(results):
    block = record.block(results, SECTIONS, "benchmarks")
    assert "Measured on 2026-01-31 on Abacus 9, 2 cores; numpy 2.0." in block
    assert "| a4 | 2-8-1 tanh, batch 4 | 0.5 / 0.5 | 40 / 40 |" in block
    assert "| geometric mean |  | 0.5 / 0.5 | 40 / 40 |" in block
    assert "| ours | 0.8 [0.7, 0.9] s | 0.6 [0.5, 0.7] s | 128 MiB | 9.5 / 8.0 / 7.2 s CPU |" in block
    assert "| width | 8 to 1024 | behind everywhere | ahead everywhere |" in block
    assert "| 2-[64]×3-1 | 64000 | 640000 | regioncam | 20 | -3 | 80 | 6000 |" in block
    assert "| 2-[1024]×4-1 | 1024000 | 10240000 |  |  |  |  |  |" in block
    assert "| width | 8 to 128 | 8000 to 128000 | 12.5 µs to 0.781 µs | 250 µs to 15.6 µs |" in block
    assert "| inputs | 2 to 8 | 8000 to 8000 | 12.5 µs to 12.5 µs | 250 µs at 2 |" in block
    assert "](benchmarks/training.svg)" in block


def test_every_line_of_a_table_has_its_columns(results):
    for name, section in SECTIONS.items():
        for lines in (section.table(results[name]), section.summary(results[name])):
            assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("name", "peer"), [("training", "jax"), ("growth", "jax"), ("regions", "regioncam"), ("region_growth", "Ours")]
)
def test_a_figure_fits_its_canvas(name, peer, results):
    fig, alt = SECTIONS[name].draw(results[name])
    assert style.fits(fig) == []
    assert peer in alt


def test_what_is_written_can_be_read(results, tmp_path):
    del results["growth"]
    record.write(results, SECTIONS, tmp_path)
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert sorted((path.name for path in tmp_path.glob("*.svg")), reverse=True) == [
        "training.svg",
        "regions.svg",
        "region_growth.svg",
    ]


def test_the_readme_is_that_of_the_results():
    kept = store.read(HERE / "results.json")
    if kept is None:
        pytest.skip("nothing has been measured yet")
    assert record.block(kept, SECTIONS, HERE.name) in (HERE.parent / "README.md").read_text()
