"""Regions: the time to count those of a network, ours and a peer's, after both have said how many there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, number, ratio, rounds, spread, workers
from benchmarks.networks import CASES, Case
from benchmarks.training import Row, Table, unique
from benchmarks.worker import Worker
from experiments import style

NAMES = [case.name for case in CASES]
LONG = 5.0  # CPU seconds: a run that takes longer is measured once
KEEPS = "regioncam"  # the peer that can keep the regions, as we do in the plane


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per network and peer, ours first."""
    rows: list[Row] = []
    with workers("regions", ("ours", *choice.peers), say) as peers:
        cases = [case for case in CASES if case.name in choice.chosen(NAMES)]
        for case in cases[:2] if choice.quick else cases:
            say(case.title)
            for row in side_by_side(case, peers, choice.rounds, choice.seconds):
                memory = kept(case, row["peer"]) / row["regions"] if case.peer == KEEPS else None
                rows.append({"workload": case.name, "bytes": memory, **row})
    return rows


def side_by_side(case: Case, peers: Mapping[str, Worker], n_rounds: int, seconds: float) -> list[Row]:
    """Our row and that of the case's peer, if it is there: seconds and the number of regions."""
    found, runs = {}, {}
    for peer in ("ours", case.peer or ""):
        if peer in peers:
            found[peer], runs[peer] = _entrant(case, peer, peers[peer], seconds)
    times = rounds(runs, n_rounds)
    return [
        {
            "network": case.title, "inputs": case.n_inputs, "peer": peer, "regions": found[peer],
            "seconds": spread(times[peer]), "ratio": ratio(times[peer], times["ours"]),
        }
        for peer in runs
    ]  # fmt: skip


def _entrant(case: Case, peer: str, worker: Worker, seconds: float) -> tuple[int, Callable[[], float]]:
    """How many regions a peer finds; and a run that returns the CPU seconds of finding them once."""

    def prepare(times: int, hidden: tuple[int, ...] = case.hidden) -> object:
        return worker.ask(f"benchmarks.peers.{peer}", "regions", replace(case, hidden=hidden).pairs(), times)

    prepare(1, hidden=(case.n_inputs,))
    worker.run()  # compiles
    prepare(1)
    first = worker.run()
    if first.cpu > LONG:
        return first.value, lambda: first.cpu
    times = enough(prepare, worker.run, 1, seconds)
    return first.value, lambda: worker.run().cpu / times


def kept(case: Case, peer: str) -> int:
    """Bytes by which the peak of a process of its own rises when all regions are kept."""
    with Worker() as worker:
        module = f"benchmarks.peers.{peer}"
        worker.ask(module, "partition", replace(case, hidden=(case.n_inputs,)).pairs())
        worker.run()  # compiles
        before = worker.ask(module, "partition", case.pairs()).memory
        return worker.run().memory - before


def table(rows: Sequence[Row]) -> Table:
    """A line per network: regions, ours a second, and its peer's time, count and memory beside ours."""
    lines: Table = [(
        "", "regions", "ours a second", "peer", "its time / ours", "it finds", "bytes a region, ours", "the peer's"
    )]  # fmt: skip
    for name, title in unique(rows, "workload", "network"):
        ours, *others = [row for row in rows if row["workload"] == name]
        speed = number(ours["regions"] / Spread(*ours["seconds"]).median)
        about = [
            (row["peer"], str(Spread(*row["ratio"])), f"{row['regions'] - ours['regions']:+d}")
            for row in others
        ] or [("", "", "")]  # fmt: skip
        memory = [number(row["bytes"]) if row["bytes"] is not None else "" for row in (ours, *others)]
        lines.append((title, f"{ours['regions']}", speed, *about[0], *[*memory, ""][:2]))
    return lines


def summary(rows: Sequence[Row]) -> Table:
    """As the table, without quartiles."""
    return [tuple(cell.partition(" [")[0] for cell in line) for line in table(rows)]


def draw(rows: Sequence[Row]) -> tuple[Figure, str]:
    """How many times as long a peer takes, against the number of regions; and the alternative text."""
    fig, ax = style.canvas()
    told = []
    for peer, inputs in unique(rows, "peer", "inputs"):
        if peer == "ours":
            continue
        line = sorted((row for row in rows if (row["peer"], row["inputs"]) == (peer, inputs)), key=_regions)
        x, y = [row["regions"] for row in line], [Spread(*row["ratio"]).median for row in line]
        name = f"{peer}, {inputs} input{'s' if inputs > 1 else ''}"
        ax.plot(x, y, **style.look(peer, line=inputs == 2), fillstyle=FILLS.get(inputs, "full"), label=name)
        told.append(f"{name}: {' to '.join(dict.fromkeys((number(min(y)), number(max(y)))))} times")
    ax.axhline(1, **style.look("theory"))
    ax.set(xscale="log", yscale="log", xlabel="regions", ylabel="time to count them, as a multiple of ours")
    ax.yaxis.set_major_formatter("{x:g}")
    fig.legend(loc="outside upper right", ncols=2)
    return fig, f"Time to count the regions of a network, as a multiple of ours. {'; '.join(told)}."


FILLS = {1: "none", 3: "none"}  # of markers, where one peer counts in several dimensions


def _regions(row: Row) -> int:
    return row["regions"]
