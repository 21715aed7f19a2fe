"""Regions: the time to count those of a network, ours and the peer's, after both have said how many there are."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.figure import Figure

from benchmarks.choice import Choice
from benchmarks.harness import Spread, enough, number, ratio, rounds, spread, workers
from benchmarks.networks import CASES, Case
from benchmarks.training import Row, Table, unique
from benchmarks.worker import Worker
from experiments import style

NAMES = [case.name for case in CASES]


def measure(choice: Choice, say: Callable[[str], None]) -> list[Row]:
    """A row per network and peer, ours first."""
    rows: list[Row] = []
    with workers("regions", ("ours", *choice.peers), say) as peers:
        cases = [case for case in CASES if case.name in choice.chosen(NAMES)]
        for case in cases[:2] if choice.quick else cases:
            say(case.title)
            rows += side_by_side(case, peers, choice.rounds, choice.seconds)
    return rows


def side_by_side(case: Case, peers: Mapping[str, Worker], n_rounds: int, seconds: float) -> list[Row]:
    """A row per peer: seconds, the number of regions, and the bytes that keeping one takes."""
    found, runs = {}, {}
    for peer, worker in peers.items():
        found[peer], runs[peer] = _entrant(case, peer, worker, seconds)
    times = rounds(runs, n_rounds)
    return [
        {
            "workload": case.name, "network": case.title, "inputs": case.n_inputs, "peer": peer,
            "regions": found[peer], "seconds": spread(times[peer]), "ratio": ratio(times[peer], times["ours"]),
            "bytes": kept(case, peer) / found[peer],
        }
        for peer in peers
    ]  # fmt: skip


def _entrant(case: Case, peer: str, worker: Worker, seconds: float) -> tuple[int, Callable[[], float]]:
    """How many regions a peer finds; and a run that returns the CPU seconds of finding them once."""
    module = f"benchmarks.peers.{peer}"
    worker.ask(module, "regions", case.pairs(), 1)
    regions = worker.run().value
    times = enough(lambda n: worker.ask(module, "regions", case.pairs(), n), worker.run, 1, seconds)
    return regions, lambda: worker.run().cpu / times


def kept(case: Case, peer: str) -> int:
    """Bytes by which the peak of a process of its own rises when all regions are kept."""
    with Worker() as worker:
        module = f"benchmarks.peers.{peer}"
        worker.ask(module, "partition", CASES[0].pairs())
        worker.run()  # compiles
        before = worker.ask(module, "partition", case.pairs()).memory
        return worker.run().memory - before


def table(rows: Sequence[Row]) -> Table:
    """A line per network: regions, ours a second, and the peer's time, count and memory beside ours."""
    peers = unique(rows, "peer")
    lines: Table = [(
        "", "regions", "ours a second", *[f"{peer} / ours" for peer in peers[1:]],
        *[f"{peer} finds" for peer in peers[1:]], *[f"bytes a region, {peer}" for peer in peers],
    )]  # fmt: skip
    for name, title in unique(rows, "workload", "network"):
        line = {row["peer"]: row for row in rows if row["workload"] == name}
        ours, others = line["ours"], [line[peer] for peer in peers[1:]]
        lines.append((
            title, f"{ours['regions']}", f"{number(ours['regions'] / Spread(*ours['seconds']).median)}",
            *[str(Spread(*other["ratio"])) for other in others],
            *[f"{other['regions'] - ours['regions']:+d}" for other in others],
            *[number(line[peer]["bytes"]) for peer in peers],
        ))  # fmt: skip
    return lines


def summary(rows: Sequence[Row]) -> Table:
    """As the table, without quartiles."""
    return [tuple(cell.partition(" [")[0] for cell in line) for line in table(rows)]


def draw(rows: Sequence[Row]) -> tuple[Figure, str]:
    """How many times as long a peer takes, against the number of regions; and the alternative text."""
    fig, ax = style.canvas()
    told = []
    for peer in unique(rows, "peer")[1:]:
        for inputs in unique(rows, "inputs"):
            line = sorted((row for row in rows if (row["peer"], row["inputs"]) == (peer, inputs)), key=_regions)
            x, y = [row["regions"] for row in line], [Spread(*row["ratio"]).median for row in line]
            name = peer if inputs == 2 else f"{peer}, one input"
            ax.plot(x, y, **style.look(peer, line=inputs == 2), label=name)
            told.append(f"{name} {number(min(y))} to {number(max(y))} times")
    ax.axhline(1, **style.look("theory"))
    ax.set(xscale="log", yscale="log", xlabel="regions", ylabel="time to count them, as a multiple of ours")
    ax.yaxis.set_major_formatter("{x:g}")
    fig.legend(loc="outside upper right", ncols=2)
    return fig, f"Time to count the regions of a network, as a multiple of ours: {', '.join(told)}."


def _regions(row: Row) -> int:
    return row["regions"]
