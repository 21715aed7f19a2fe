"""A claim and its verdict: a sentence, a measured number with its interval, a criterion fixed before the run.

Verdicts come from the interval against the criterion: inside it a claim is `exact` (exact and constructive kinds) or
`holds`; outside it is `refuted here`; across it, `inconclusive`. NaN never holds. A claim in cases has an interval for
each: where some hold and others are refuted it `holds only when` its condition, which names those that hold, is met.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.95
SPLIT = "holds only when"  # a condition follows
VERDICTS = ("exact", "holds", "inconclusive", SPLIT, "refuted here")  # best to worst

Kind = Literal["exact", "constructive", "bound", "statistical", "rate"]


@dataclass(frozen=True)
class Claim:
    """What is claimed, what was measured, and what would refute it.

    kind: exact (holds up to round-off), constructive (weights given; equality), bound (a count against a theorem),
    statistical (a mean over seeds, with an interval), rate (a fitted slope, with an interval).
    p: of the one-sided test that the mean meets the criterion; only statistical claims have one.
    cases: by name, where the claim is made of several; it is then as good as the worst, whose numbers it has.
    condition: what splits the cases, with {} for those that hold: "the target is {}".
    """

    key: str
    says: str
    kind: Kind
    value: float
    low: float
    high: float
    at_least: float = -math.inf
    at_most: float = math.inf
    p: float = 0.0
    cases: Mapping[str, "Claim"] = field(default_factory=dict)
    condition: str = ""

    @property
    def verdict(self) -> str:
        worst = self._verdict_of_the_numbers()
        held = [name for name, case in self.cases.items() if case.holds]
        split = held and worst == "refuted here"
        return f"{SPLIT} {self.condition.format(_either(held))}" if split else worst

    def _verdict_of_the_numbers(self) -> str:
        sampled = self.kind in ("statistical", "rate")
        if any(math.isnan(number) for number in (self.value, self.low, self.high)):
            return "inconclusive" if sampled else "refuted here"
        if self.low >= self.at_least and self.high <= self.at_most:
            if self.p > 1 - LEVEL:
                return "inconclusive"
            return "exact" if self.kind in ("exact", "constructive") else "holds"
        outside = self.high < self.at_least or self.low > self.at_most
        return "refuted here" if outside else "inconclusive"

    @property
    def holds(self) -> bool:
        return self.verdict in ("exact", "holds")

    @property
    def criterion(self) -> str:
        """'≤ 1e-05', '≥ 0.1', 'from -0.01 to 0.01' or '= 0'."""
        low, high = f"{self.at_least:.4g}", f"{self.at_most:.4g}"
        if self.at_least == self.at_most:
            return f"= {low}"
        if math.isinf(self.at_least):
            return f"≤ {high}"
        return f"≥ {low}" if math.isinf(self.at_most) else f"from {low} to {high}"

    def as_record(self) -> dict[str, Any]:
        """What the record keeps, and the gallery shows: of a case its numbers and verdict."""
        whole = {name: getattr(self, name) for name in ("key", "says", "kind", "value", "low", "high", "criterion")}
        cases = {name: {part: getattr(case, part) for part in ("value", "low", "high", "verdict")}
                 for name, case in self.cases.items()}  # fmt: skip
        return {**whole, "verdict": self.verdict, **({"cases": cases} if cases else {})}


def exactly(key: str, says: str, value: float, *, kind: Kind = "exact", **limits: Any) -> Claim:
    """A claim about one number without an interval: at_least=, at_most= or both."""
    return Claim(key, says, kind, float(value), float(value), float(value), **limits)


def on_average(key: str, says: str, sample: np.ndarray, *, kind: Kind = "statistical", **limits: Any) -> Claim:
    """A claim about the mean of a sample (n_seeds,), one number per seed (paired differences, slopes, …)."""
    low, high = interval(sample)
    claim = Claim(key, says, kind, float(np.mean(sample)), low, high, **limits)
    return replace(claim, p=_p_value(sample, claim)) if kind == "statistical" else claim


def in_cases(key: str, says: str, samples: Mapping[str, np.ndarray], *, condition: str, **limits: Any) -> Claim:
    """A claim about the mean of each of several samples (n_seeds,), by case; condition as in Claim."""
    cases = {name: on_average(key, says, sample, **limits) for name, sample in samples.items()}
    return _of_cases(cases, condition)


def _of_cases(cases: Mapping[str, Claim], condition: str) -> Claim:
    worst = max(cases.values(), key=lambda case: rank(case.verdict))
    return replace(worst, cases=cases, condition=condition)


def interval(sample: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean: bias-corrected and accelerated bootstrap (Efron 1987), the same for the same sample.

    A sample without spread is its own interval; one of a single number has none (NaN).
    """
    values = np.asarray(sample, dtype=float)
    if values.size < 2 or not np.isfinite(values).all():
        return math.nan, math.nan
    if _without_spread(values):
        return float(values.min()), float(values.max())
    bounds = stats.bootstrap((values,), np.mean, confidence_level=LEVEL, method="BCa", rng=0).confidence_interval
    return float(bounds.low), float(bounds.high)


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Least-squares slope of y (n,) against x (n,); NaN where a y is."""
    centred = np.asarray(x, dtype=float) - np.mean(x)
    return float(centred @ np.asarray(y, dtype=float) / (centred @ centred))


def means(table: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Mean of a column over replicates with its interval, in `value`, `low` and `high`: one row per group."""
    rows = []
    for group, sample in table.groupby(by, sort=False)[value]:
        low, high = interval(sample.to_numpy())
        rows.append({**dict(zip(by, group, strict=True)), value: sample.mean(skipna=False), "low": low, "high": high})
    return pd.DataFrame(rows)


def _p_value(sample: np.ndarray, claim: Claim) -> float:
    """The larger p of the one-sided t-tests against each limit; 0 or 1 where the sample has no spread.

    1 where there is no test: a NaN would have no rank among the other claims' p.
    """
    values = np.asarray(sample, dtype=float)
    if values.size < 2 or not np.isfinite(values).all():
        return 1.0
    if _without_spread(values):
        return 0.0 if claim.at_least <= values.min() and values.max() <= claim.at_most else 1.0
    ps = [0.0]
    if math.isfinite(claim.at_least):
        ps.append(float(stats.ttest_1samp(values, claim.at_least, alternative="greater").pvalue))
    if math.isfinite(claim.at_most):
        ps.append(float(stats.ttest_1samp(values, claim.at_most, alternative="less").pvalue))
    return max(ps)


def _without_spread(values: np.ndarray) -> bool:
    """Whether the values differ by no more than ten times the rounding of their own sum: a t of that is noise."""
    return bool(np.ptp(values) <= 10 * values.size * np.finfo(float).eps * np.abs(values).max())


def judge(claims: Iterable[Claim]) -> list[Claim]:
    """The claims, the p of the statistical ones adjusted for their number (Holm 1979); every case counts as one."""
    judged = list(claims)
    ps = [one.p for claim in judged for one in claim.cases.values() or [claim] if one.kind == "statistical"]
    adjusted = iter(_holm(ps))
    return [_with_p(claim, adjusted) for claim in judged]


def _with_p(claim: Claim, ps: Iterator[float]) -> Claim:
    if claim.cases:
        return _of_cases({name: _with_p(case, ps) for name, case in claim.cases.items()}, claim.condition)
    return replace(claim, p=next(ps)) if claim.kind == "statistical" else claim


def _holm(ps: list[float]) -> list[float]:
    """Each p adjusted, in the order given."""
    adjusted, least = [0.0] * len(ps), 0.0
    for passed, i in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        adjusted[i] = least = max(least, min(1.0, ps[i] * (len(ps) - passed)))
    return adjusted


def rank(verdict: str) -> int:
    """Place in VERDICTS, whatever the condition."""
    return VERDICTS.index(SPLIT if verdict.startswith(SPLIT) else verdict)


def overall(claims: Iterable[Claim]) -> str:
    """The experiment's verdict: its worst claim's."""
    return max((claim.verdict for claim in claims), key=rank)


def _either(names: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
