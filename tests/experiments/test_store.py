"""Results come back bit for bit; records are compared, not overwritten."""

import numpy as np
import pandas as pd
import pytest

from experiments import store
from experiments.store import Result


def claim(value=0.5, low=None, high=None, verdict="holds", key="a"):
    low, high = (value, value) if low is None else (low, high)
    return {"claims": [{"key": key, "value": value, "low": low, "high": high, "verdict": verdict}]}


def test_a_result_comes_back_bit_for_bit(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "value": [*rng.standard_normal(50) * 10.0 ** rng.integers(-300, 300, 50), np.nan, np.inf, -np.inf, 5e-324],
            "single": np.append(rng.standard_normal(53), np.nan).astype("float32"),
            "replicate": np.arange(54),
            "success": np.arange(54) % 2 == 0,
            "text": ["", "nan", "1", "NA", 'é, "quoted"', "two\nlines", *"abcdefgh" * 6],
        }
    )
    arrays = {"theta": rng.standard_normal((3, 4)), "names": np.array(["x", "y"])}
    store.save(Result({"measurements": table, "empty": table[:0]}, arrays), tmp_path / "kept")
    loaded = store.load(tmp_path / "kept")
    assert list(loaded.tables) == ["measurements", "empty"]
    pd.testing.assert_frame_equal(loaded.tables["measurements"], table, check_exact=True)
    pd.testing.assert_frame_equal(loaded.tables["empty"], table[:0], check_exact=True)
    np.testing.assert_array_equal(loaded.arrays["theta"], arrays["theta"])
    np.testing.assert_array_equal(loaded.arrays["names"], arrays["names"])


def test_users_find_the_tables_under_the_experiments_name(tmp_path):
    table = pd.DataFrame({"x": [1.0]})
    store.save(Result({"measurements": table, "summary": table}, {"a": np.arange(3)}), tmp_path / "kept")
    assert list(store.copies(tmp_path / "kept", "toy")) == ["toy.csv", "toy.summary.csv", "toy.npz"]


def test_the_same_result_has_the_same_bytes(tmp_path):
    result = Result({"measurements": pd.DataFrame({"x": [0.1, 0.2]})}, {"a": np.arange(3)})
    for folder in ("one", "two"):
        store.save(result, tmp_path / folder)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_result_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(TypeError, match="'odd' holds Python objects"):
        store.save(Result({}, {"odd": np.array([object()])}), tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []


def test_a_result_saved_twice_stays(tmp_path):
    result = Result({"measurements": pd.DataFrame({"x": [1.0]})})
    store.save(result, tmp_path / "kept")
    store.save(result, tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_json_is_plain_and_ends_with_a_newline():
    text = store.text({"b": np.float64(0.1), "a": [np.int64(3), np.bool_(True)], "c": float("nan"), "d": -np.inf})
    assert text == '{\n "b": 0.1,\n "a": [\n  3,\n  true\n ],\n "c": null,\n "d": null\n}\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (claim(0.5, 0.4, 0.6), claim(0.41, 0.3, 0.5)),
        (claim(3e-15, verdict="exact"), claim(4e-15, verdict="exact")),
        (claim(2.0, verdict="refuted here"), claim(2.0 + 1e-7, verdict="refuted here")),
        (claim(None), claim(None)),
    ],
    ids=["inside the interval", "inside the criterion", "equal but for rounding", "both without a value"],
)
def test_a_record_is_reproduced(old, new):
    assert store.differences(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (claim(0.5, 0.4, 0.6), claim(0.39, 0.3, 0.5), "a: 0.5 (holds) -> 0.39 (holds)"),
        (claim(0.5), claim(0.5, verdict="inconclusive"), "a: 0.5 (holds) -> 0.5 (inconclusive)"),
        (claim(2.0, verdict="refuted here"), claim(2.1, verdict="refuted here"), "a: 2.0 (refuted here) -> 2.1"),
        (claim(0.5), claim(None), "a: 0.5 (holds) -> None (holds)"),
        (claim(key="a"), {"claims": []}, "a: is gone"),
        ({"claims": []}, claim(key="a"), "a: is new"),
    ],
)
def test_a_record_that_is_not_reproduced_gives_the_difference(old, new, line):
    (difference,) = store.differences(old, new)
    assert difference.startswith(line)


def in_cases(a, b, verdict="holds only when it is a"):
    return {"claims": [{**claim(b["value"])["claims"][0], "verdict": verdict, "cases": {"a": a, "b": b}}]}


def test_every_case_of_a_claim_is_to_be_reproduced():
    (held,), (refuted,) = claim(0.5, 0.4, 0.6)["claims"], claim(-1.0, -1.1, -0.9, verdict="refuted here")["claims"]
    (moved,), (lost,) = claim(0.3, 0.2, 0.4)["claims"], claim(0.5, 0.4, 0.6, verdict="inconclusive")["claims"]
    old = in_cases(held, refuted)
    assert store.differences(old, in_cases({**held, "value": 0.45}, refuted)) == []
    assert store.differences(old, in_cases(moved, refuted)) == ["a: a: 0.5 (holds) -> 0.3 (holds)"]
    assert store.differences(old, in_cases(lost, refuted, "refuted here")) == [
        "a: -1.0 (holds only when it is a) -> -1.0 (refuted here)",
        "a: a: 0.5 (holds) -> 0.5 (inconclusive)",
    ]
    assert store.differences(old, {"claims": [{**old["claims"][0], "cases": {"a": held}}]}) == ["a: b: is gone"]


def test_committed_files_stay_where_they_are_kept(tmp_path):
    drafted, folder = tmp_path / "drafted", tmp_path / "figures"
    drafted.mkdir()
    folder.mkdir()
    for name in ("a.svg", "a.json", "a.csv", "a.step1.svg"):
        (drafted / name).write_text("new")
    for name in ("a.svg", "a.json", "a.csv"):
        (folder / name).write_text("old")
    names = store.publish(drafted, folder, keep=True)
    assert names[-1] == "a.json"
    assert {name: (folder / name).read_text() for name in names} == {
        "a.svg": "old", "a.json": "old", "a.csv": "new", "a.step1.svg": "new"}  # fmt: skip


def test_what_is_no_longer_built_is_removed(tmp_path):
    for name in ("a.svg", "a.panel.svg"):
        (tmp_path / name).write_text("")
    store.mark(tmp_path, "a", "one", ["a.svg", "a.panel.svg"])
    store.mark(tmp_path, "a", "two", ["a.svg"])
    assert not (tmp_path / "a.panel.svg").exists()
    assert store.built(tmp_path, "a", "two")
    assert not store.built(tmp_path, "a", "one")
    (tmp_path / "a.svg").unlink()
    assert not store.built(tmp_path, "a", "two")
