"""The command line, and the only file that knows Hydra: it composes what is typed with conf/ and launches sweeps.

Hydra alone takes +experiment.nope=1, knows no ranges and answers in paragraphs. So what is typed is checked before
Hydra composes it, and all values against the experiment's own Config after; a refusal of Hydra's is cut to one line.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import config
from experiments.refusal import ConfigError

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # one BLAS thread, said before NumPy is imported: the same bits on any number of cores
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "HYDRA_FULL_ERROR": "1",  # Hydra hands its exceptions on instead of printing them
}
REFUSALS = (ConfigError, HydraException, OmegaConfBaseException)

ConfigStore.instance().store("run", config.Run)
ConfigStore.instance().store("all", {}, group="experiment")


@hydra.main(version_base="1.3", config_path=str(config.CONF), config_name="config")
def task(cfg: DictConfig) -> None:
    """What Hydra calls: for a single run, and for each job of a sweep, there perhaps in a process of its own."""
    from experiments import gallery, report, runner, sweep

    about = HydraConfig.get()
    run: Any = OmegaConf.to_container(cfg, resolve=True)
    choices = about.runtime.choices
    typed = {one.key_or_group: one.get_value_element_as_str() for one in parse(about.overrides.task)}
    folder = Path(about.runtime.output_dir) if about.mode is RunMode.MULTIRUN else None
    names = config.names() if choices["experiment"] == "all" else [choices["experiment"]]
    try:
        jobs = [runner.plan(name, run, choices, typed, folder) for name in names]
    except ConfigError as error:  # about a value that was not known before all was composed
        if folder is None:
            sys.exit(refuse(error))
        return sweep.finish(folder, typed, [], str(error))
    if folder:
        return sweep.finish(folder, typed, [runner.attempt(job) for job in jobs])
    found = runner.run_all(jobs, run["check"])
    status = report.outcomes(found)
    if choices["experiment"] == "all" and not run["check"]:
        changed = any(one.note != runner.IDLE for one in found)
        print(gallery.refresh(jobs[0].folder, changed))
    sys.exit(status)  # Hydra drops what a task returns; this passes through


def launch(overrides: list[Override]) -> int:
    """Run all jobs of a sweep, then tabulate what they left in their folders; the exit status."""
    from experiments import sweep

    chosen = [one.value() for one in overrides if one.key_or_group == "hydra.sweep.dir"]
    folder = Path(str(chosen[-1]) if chosen else f"multirun/{datetime.now():%Y-%m-%d_%H-%M-%S}")
    sys.argv.append(f"hydra.sweep.dir={folder}")  # chosen here, because Hydra does not tell which it took
    try:
        task()
    except KeyboardInterrupt:
        sweep.write(folder, sweep.collect(folder)[0])
        raise
    except REFUSALS:
        raise
    except Exception:  # a worker died; what the others finished is still worth a table
        traceback.print_exc()
    return sweep.summary(folder)


def check(overrides: list[Override], sweeping: bool) -> None:
    """Refuse a wrong key or value before Hydra composes anything, so that a sweep does not stop half way."""
    ours = [one for one in overrides if not one.is_hydra_override()]
    if removed := [one.input_line for one in ours if one.is_delete()]:
        raise ConfigError(f"{removed[0]}: keys can be changed, not removed")
    given = {one.key_or_group: values(one) for one in ours}
    config.check(given)
    for one in ours:
        if one.is_sweep_override() and not sweeping:
            raise ConfigError(f"{one.input_line}: several values need -m, and a list needs brackets")
        if (one.is_add() or one.is_force_add()) and one.key_or_group.count(".") < 2:  # deeper, it adds to a mapping
            raise ConfigError(f"{one.input_line}: keys can be changed, not added; leave out the +")
    if sweeping and given.get("check"):
        raise ConfigError("check=true: compares with a record on disk, and a sweep has none; leave out -m")


def refuse(error: Exception) -> int:
    """Print one line; the exit status."""
    if isinstance(error, OverrideParseException):
        error = ConfigError(f"{error.override}: not of the form key=value; quote special characters")
    print((str(error) or str(error.__cause__)).splitlines()[0], file=sys.stderr)
    return 2


def show_help(overrides: list[Override]) -> int:
    """Print every key; the exit status."""
    from experiments import report

    given = {one.key_or_group: values(one) for one in overrides}
    if "experiment" in given:
        config.check(given)
    print(report.help_text({key: choice[-1] for key, choice in given.items() if choice}))
    return 0


def parse(lines: Iterable[str]) -> list[Override]:
    return OverridesParser.create().parse_overrides(list(lines))


def values(override: Override) -> list[Any]:
    """The value, or all those of a sweep; none of a glob, which finds only names that exist."""
    if not override.is_sweep_override():
        return [override.value()]
    if override.value_type is ValueType.GLOB_CHOICE_SWEEP:
        return []
    return [one.value() for one in parse(f"value={text}" for text in override.sweep_string_iterator())]


def accept_lazy_help() -> None:
    """Let Hydra 1.3.8 start on Python 3.14, whose argparse expands each help text as it is added.

    Hydra passes an object there that becomes text only when printed, and argparse calls it badly formed.
    """
    parser: Any = argparse.ArgumentParser
    expand = getattr(parser, "_check_help", None)  # new in 3.14
    if expand:
        parser._check_help = lambda self, action: expand(self, action) if isinstance(action.help, str) else None


def main() -> int:
    """The exit status: 0, 1 if an experiment failed or is not reproduced, 2 for a refusal, 130 after Ctrl-C."""
    os.environ.update(ENVIRONMENT)
    accept_lazy_help()
    arguments = get_args_parser().parse_intermixed_args()  # Hydra itself wants all flags before the keys, or after them
    flags = [word for word in sys.argv[1:] if word not in arguments.overrides]
    sys.argv[1:] = [*flags, *arguments.overrides]
    try:
        overrides = parse(arguments.overrides)
        if arguments.help:
            return show_help(overrides)
        if arguments.cfg or arguments.info or arguments.hydra_help or arguments.shell_completion:
            task()  # Hydra answers these, and runs nothing
            return 0
        sweeping = arguments.multirun or "hydra.mode=MULTIRUN" in arguments.overrides
        check(overrides, sweeping)
        return launch(overrides) if sweeping else task()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except REFUSALS as error:
        return refuse(error)


if __name__ == "__main__":
    sys.exit(main())
