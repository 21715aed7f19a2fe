"""Verdicts from hand-picked intervals; statistics against formulas written here and worked examples."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from experiments.claim import VERDICTS, Claim, exactly, in_cases, interval, judge, means, on_average, overall, slope

EPS = np.finfo(float).eps
INFINITY, NAN = math.inf, math.nan


def claim(low, high, *, value=None, kind="statistical", **limits):
    return Claim("gap", "The gap closes.", kind, (low + high) / 2 if value is None else value, low, high, **limits)


HELD, OPEN, REFUTED = (
    np.array([1.0, 1.1, 1.2, 1.3]),
    np.array([-9.0, 9.0, -8.0, 9.0]),
    np.array([-1.0, -1.1, -1.2, -1.3]),
)


def split(samples):
    return in_cases("gap", "The gap closes.", samples, condition="it is {}", at_least=0)


# verdicts


@pytest.mark.parametrize(
    ("low", "high", "limits", "verdict"),
    [
        (0.2, 0.4, {"at_most": 0.5}, "holds"),
        (0.2, 0.5, {"at_most": 0.5}, "holds"),
        (0.2, 0.6, {"at_most": 0.5}, "inconclusive"),
        (0.5, 0.6, {"at_most": 0.5}, "inconclusive"),
        (0.51, 0.6, {"at_most": 0.5}, "refuted here"),
        (0.6, 0.7, {"at_least": 0.5}, "holds"),
        (0.5, 0.7, {"at_least": 0.5}, "holds"),
        (0.4, 0.7, {"at_least": 0.5}, "inconclusive"),
        (0.4, 0.5, {"at_least": 0.5}, "inconclusive"),
        (0.3, 0.49, {"at_least": 0.5}, "refuted here"),
        (-0.1, 0.1, {"at_least": -0.1, "at_most": 0.1}, "holds"),
        (-0.2, 0.0, {"at_least": -0.1, "at_most": 0.1}, "inconclusive"),
        (-0.2, 0.2, {"at_least": -0.1, "at_most": 0.1}, "inconclusive"),
        (0.11, 0.2, {"at_least": -0.1, "at_most": 0.1}, "refuted here"),
        (-0.3, -0.2, {"at_least": -0.1, "at_most": 0.1}, "refuted here"),
        (2.0, 2.0, {"at_least": 2, "at_most": 2}, "holds"),
        (2.0, 2.1, {"at_least": 2, "at_most": 2}, "inconclusive"),
        (-INFINITY, 0.4, {"at_most": 0.5}, "holds"),
        (0.2, INFINITY, {"at_most": 0.5}, "inconclusive"),
    ],
)
def test_the_verdict_is_the_interval_against_the_criterion(low, high, limits, verdict):
    assert claim(low, high, value=0.0, **limits).verdict == verdict


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("exact", "exact"),
        ("constructive", "exact"),
        ("bound", "holds"),
        ("statistical", "holds"),
        ("rate", "holds"),
    ],
)
def test_only_what_is_certain_is_exact(kind, inside):
    assert claim(1, 1, kind=kind, at_most=1).verdict == inside
    assert claim(1, 1, kind=kind, at_most=1).holds
    assert claim(2, 2, kind=kind, at_most=1).verdict == "refuted here"
    assert not claim(2, 2, kind=kind, at_most=1).holds


@pytest.mark.parametrize("kind", ["exact", "constructive", "bound", "statistical", "rate"])
@pytest.mark.parametrize("numbers", [(NAN, 0, 0), (0, NAN, 0), (0, 0, NAN), (NAN, NAN, NAN)])
def test_nan_never_holds(kind, numbers):
    assert not Claim("gap", "The gap closes.", kind, *numbers, at_most=1).holds


def test_nan_refutes_what_is_certain_and_says_nothing_of_a_sample():
    verdicts = {kind: exactly("gap", "", NAN, kind=kind, at_most=1).verdict for kind in ("exact", "bound", "rate")}
    assert verdicts == {"exact": "refuted here", "bound": "refuted here", "rate": "inconclusive"}


def test_an_infinite_deviation_is_refuted():
    assert exactly("gap", "The gap closes.", INFINITY, at_most=1).verdict == "refuted here"


def test_a_sample_inside_needs_a_small_p_too():
    verdicts = [claim(0.2, 0.4, at_most=0.5, p=p).verdict for p in (0.0, 0.049, 0.051, 1.0)]
    assert verdicts == ["holds", "holds", "inconclusive", "inconclusive"]


def test_the_worst_claim_gives_the_verdict():
    refuted, open_, holds = (claim(low, low + 1, at_most=1) for low in (2, 0.5, -1))
    assert overall([holds, exactly("gap", "", 0, at_most=1)]) == "holds"
    assert overall([holds, open_, holds]) == "inconclusive"
    assert overall([refuted, open_, holds]) == "refuted here"
    assert overall([open_, split({"a": HELD, "b": REFUTED}), holds]) == "holds only when it is a"
    assert overall([refuted, split({"a": HELD, "b": REFUTED})]) == "refuted here"
    assert VERDICTS == ("exact", "holds", "inconclusive", "holds only when", "refuted here")


@pytest.mark.parametrize(
    ("samples", "verdict"),
    [
        ([HELD, HELD], "holds"),
        ([HELD, OPEN], "inconclusive"),
        ([REFUTED, REFUTED], "refuted here"),
        ([OPEN, REFUTED], "refuted here"),
        ([HELD, REFUTED], "holds only when it is a"),
        ([REFUTED, HELD], "holds only when it is b"),
        ([HELD, OPEN, REFUTED], "holds only when it is a"),
        ([HELD, REFUTED, HELD], "holds only when it is a or c"),
        ([HELD, HELD, REFUTED, HELD], "holds only when it is a, b or d"),
        ([HELD, np.array([1.0, NAN]), OPEN], "inconclusive"),
    ],
)
def test_a_claim_in_cases_is_as_good_as_its_worst_unless_the_condition_splits_them(samples, verdict):
    one = split(dict(zip("abcd", samples, strict=False)))
    assert one.verdict == verdict
    assert one.holds == (verdict == "holds")


def test_a_claim_in_cases_has_the_numbers_of_its_worst_case():
    one, worst = split({"a": HELD, "b": REFUTED, "c": OPEN}), on_average("gap", "", REFUTED, at_least=0)
    assert (one.value, one.low, one.high, one.p) == (worst.value, worst.low, worst.high, worst.p)


@pytest.mark.parametrize(
    ("limits", "criterion"),
    [
        ({"at_most": 1e-5}, "≤ 1e-05"),
        ({"at_least": 0.1}, "≥ 0.1"),
        ({"at_least": -0.01, "at_most": 0.01}, "from -0.01 to 0.01"),
        ({"at_least": 0, "at_most": 0}, "= 0"),
        ({"at_least": math.log(2)}, "≥ 0.6931"),
    ],
)
def test_a_criterion_reads_as_a_formula(limits, criterion):
    assert exactly("gap", "The gap closes.", 0, **limits).criterion == criterion


def test_a_record_is_plain_json():
    one = on_average("gap", "The gap closes.", np.float32([1, 2, 4]), at_most=np.float64(5))
    record = json.loads(json.dumps(one.as_record()))
    assert record == one.as_record()
    assert list(record) == ["key", "says", "kind", "value", "low", "high", "criterion", "verdict"]
    assert (record["kind"], record["criterion"], record["verdict"]) == ("statistical", "≤ 5", "holds")


def test_the_record_of_a_claim_in_cases_has_the_numbers_of_each():
    one = split({"a": HELD, "b": REFUTED})
    record = json.loads(json.dumps(one.as_record()))
    assert (record["verdict"], record["criterion"]) == ("holds only when it is a", "≥ 0")
    low, high = interval(HELD)
    assert list(record["cases"]) == ["a", "b"]
    assert record["cases"]["a"] == {"value": HELD.mean(), "low": low, "high": high, "verdict": "holds"}


def test_one_number_is_its_own_interval():
    one = exactly("gap", "The gap closes.", np.int64(3), kind="bound", at_most=3)
    assert (one.value, one.low, one.high, one.verdict) == (3, 3, 3, "holds")


# the interval of a mean


def test_the_interval_is_efrons_over_every_resample():
    """All 6^6 resamples, where the bootstrap draws some: quantiles shifted for bias and for acceleration."""
    sample = np.array([0.1, 0.9, 1.7, 4.2, 9.6, 20.3])  # skewed, so that both shifts matter
    resampled = np.array([np.mean(drawn) for drawn in itertools.product(sample, repeat=6)])
    z_0 = stats.norm.ppf(np.mean(resampled < sample.mean()))
    left_out = np.array([np.delete(sample, i).mean() for i in range(6)])
    d = left_out.mean() - left_out
    a = np.sum(d**3) / (6 * np.sum(d**2) ** 1.5)
    z = z_0 + stats.norm.ppf([0.025, 0.975])
    expected = np.quantile(resampled, stats.norm.cdf(z_0 + z / (1 - a * z)))
    plain = np.quantile(resampled, [0.025, 0.975])
    noise = 0.02 * np.ptp(plain)  # of 9 999 draws
    assert_allclose(interval(sample), expected, atol=noise)
    assert np.abs(plain - expected).min() > 2 * noise


def test_for_many_normal_numbers_the_interval_is_students():
    sample = np.random.default_rng(0).standard_normal(400)
    half = stats.t.ppf(0.975, 399) * sample.std(ddof=1) / np.sqrt(400)
    assert_allclose(interval(sample), sample.mean() + half * np.array([-1, 1]), atol=0.1 * half)


def test_the_interval_holds_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [interval(rng.standard_normal(20)) for _ in range(200)]
    share = np.mean([low <= 0 <= high for low, high in found])
    assert 0.88 <= share <= 0.98  # .95 at n = 20 is .93; three standard errors are .05


def test_the_same_sample_has_the_same_interval():
    assert interval(np.arange(7.0)) == interval(np.arange(7.0))


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ([2.0, 2.0, 2.0], (2, 2)),
        ([0.0, 0.0], (0, 0)),
        ([1.0, 1.0 + EPS, 1.0], (1, 1 + EPS)),
        ([3.0], (NAN, NAN)),
        ([], (NAN, NAN)),
        ([1.0, NAN, 2.0], (NAN, NAN)),
        ([1.0, INFINITY, 2.0], (NAN, NAN)),
    ],
)
def test_a_sample_without_spread_or_without_numbers(sample, expected):
    assert_array_equal(interval(np.array(sample)), expected)


@pytest.mark.parametrize("spread", [2.0**k * EPS for k in range(8)])
def test_a_spread_of_a_few_roundings_is_judged_in_silence(spread):
    """The libraries warn where a difference drowns in rounding; a warning is an error here."""
    one = on_average("gap", "The gap closes.", np.array([1 - spread, 1.0, 1 + spread]), at_most=1.5)
    assert one.verdict == "holds"
    assert 1 - spread <= one.low <= one.high <= 1 + spread


@pytest.mark.parametrize(("value", "verdict"), [(0.0, "holds"), (0.5, "holds"), (0.6, "refuted here")])
def test_seeds_that_all_agree_are_judged_by_their_value(value, verdict):
    (one,) = judge([on_average("gap", "The gap closes.", np.full(4, value), at_most=0.5)])
    assert one.verdict == verdict


def test_a_run_that_diverged_leaves_the_claim_open():
    (one,) = judge([on_average("gap", "The gap closes.", np.array([0.1, NAN, 0.1]), at_most=0.5)])
    assert one.verdict == "inconclusive"


# tests


def one_sided(sample, limit):
    """p of the mean lying above the limit: Student's t, written out."""
    t = (np.mean(sample) - limit) / (np.std(sample, ddof=1) / np.sqrt(len(sample)))
    return stats.t.sf(t, len(sample) - 1)


def test_equivalence_is_two_one_sided_tests():
    sample = np.array([0.3, -0.1, 0.2, 0.4, 0.0])
    above, below = one_sided(sample, -0.5), one_sided(-sample, -0.5)
    both = on_average("same", "They are the same.", sample, at_least=-0.5, at_most=0.5)
    assert_allclose(both.p, max(above, below))
    assert_allclose(on_average("same", "", sample, at_least=-0.5).p, above)
    assert_allclose(on_average("same", "", sample, at_most=0.5).p, below)
    assert below > above


def test_a_rate_has_no_p():
    assert on_average("slope", "It grows.", np.array([1.0, 2.0, 4.0]), kind="rate", at_least=5).p == 0


def test_holm_gives_the_adjusted_values_of_the_worked_example():
    """p = .01, .04, .03, .005: the example of Holm's method in Wikipedia, where .005 and .01 alone are significant."""
    judged = judge([claim(0, 1, at_most=1, p=p) for p in (0.01, 0.04, 0.03, 0.005)])
    assert_allclose([one.p for one in judged], [0.03, 0.06, 0.06, 0.02])
    assert [one.holds for one in judged] == [True, False, False, True]


def test_holm_counts_statistical_claims_only():
    alone = claim(0, 1, at_most=1, p=0.04)
    others = [claim(0, 1, at_most=1, kind=kind) for kind in ("exact", "constructive", "bound", "rate")]
    judged = judge([*others, alone])
    assert [one.p for one in judged] == [0, 0, 0, 0, 0.04]
    assert [one.kind for one in judged] == ["exact", "constructive", "bound", "rate", "statistical"]


def test_holm_counts_every_case_and_not_the_claim_that_they_make():
    """.04 alone is small enough; beside two other tests, of which a case is one, it is not."""
    parted = split({"a": HELD, "b": REFUTED})
    alone = claim(0, 1, at_most=1, p=0.04)
    judged, other = judge([parted, alone])
    expected = {name: one_sided(sample, 0) for name, sample in (("a", HELD), ("b", REFUTED))}
    assert_allclose([case.p for case in judged.cases.values()], [3 * expected["a"], expected["b"]])
    assert_allclose(other.p, 0.08)
    assert (other.verdict, judged.verdict) == ("inconclusive", "holds only when it is a")


def test_a_case_that_holds_alone_but_not_among_many_leaves_the_claim_refuted():
    weak = np.array([-0.05, 0.4, 0.5, 0.3, 0.1, 0.6])
    alone, among = (
        judge([split({"a": weak, "b": REFUTED})]),
        judge([split({"a": weak, **dict.fromkeys("bcdefgh", REFUTED)})]),
    )
    assert alone[0].verdict == "holds only when it is a"
    assert among[0].verdict == "refuted here"


def test_holm_stops_at_one():
    assert [one.p for one in judge([claim(0, 1, at_most=1, p=p) for p in (0.6, 0.7)])] == [1, 1]


@pytest.mark.parametrize("order", [1, -1])
def test_a_sample_with_nan_counts_in_the_family_but_spoils_no_other_claim(order):
    sound, broken = np.array([0.10, 0.11, 0.12, 0.13]), np.array([0.1, NAN, 0.1])
    claims = [on_average(key, "", sample, at_most=0.5) for key, sample in (("sound", sound), ("broken", broken))]
    judged = {one.key: one for one in judge(claims[::order])}
    assert_allclose(judged["sound"].p, 2 * one_sided(-sound, -0.5))
    assert (judged["sound"].verdict, judged["broken"].verdict) == ("holds", "inconclusive")


# fits and tables


def test_the_slope_is_that_of_least_squares():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-3, 8, 12), rng.standard_normal(12)
    assert_allclose(slope(x, y), np.polyfit(x, y, 1)[0])
    assert_allclose(slope(np.arange(5), 7 - 3 * np.arange(5)), -3)
    assert math.isnan(slope(np.arange(3), np.array([1, NAN, 2])))


def test_means_has_a_row_per_group_in_the_order_of_the_table():
    table = pd.DataFrame(
        dict(
            arm=["relu"] * 3 + ["linear"] * 5,
            depth=[2, 2, 2, 2, 2, 2, 1, 1],
            cost=[1.0, 2.0, 6.0, 5.0, 5.0, 5.0, NAN, 1.0],
        )
    )
    low, high = interval(np.array([1.0, 2.0, 6.0]))
    expected = pd.DataFrame(
        dict(
            arm=["relu", "linear", "linear"],
            depth=[2, 2, 1],
            cost=[3.0, 5.0, NAN],
            low=[low, 5.0, NAN],
            high=[high, 5.0, NAN],
        )
    )
    pd.testing.assert_frame_equal(means(table, ["arm", "depth"], "cost"), expected)


def test_means_groups_by_one_column_too():
    table = pd.DataFrame(dict(noise=[0.1, 0.1, 0.2, 0.2], steps=[3, 3, 8, 8]))
    expected = pd.DataFrame(dict(noise=[0.1, 0.2], steps=[3.0, 8.0], low=[3.0, 8.0], high=[3.0, 8.0]))
    pd.testing.assert_frame_equal(means(table, ["noise"], "steps"), expected)
