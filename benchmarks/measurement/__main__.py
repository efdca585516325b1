"""Measure the engine: `python -m benchmarks.measurement [--runs N] [--real-runs N]`.

Every run is appended to a file as one line of JSON. Called again, the command continues where
it stopped, so that the runs can be collected over many nights.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.measurement.cells import EFFECTS, Cell, Run, Summary, upper_bound
from benchmarks.measurement.machines import (
    NOISES,
    Machine,
    Noise,
    RealMachine,
    disturbed,
    record_noise,
    two_sides,
)
from nexus.engines.experiment import read_pressure, run

REAL = ("real", "disturbed")
RECORDED = "recorded"
RECORD_S = 15.0

Runs = dict[Cell, list[Run]]


def main() -> int:
    """Run what is missing, then print the table."""
    options = _options()
    done = _read(options.out)
    recording = _recording(options.out.parent / "noise.npy")
    started = time.monotonic()
    with options.out.open("a", encoding="utf-8") as file:
        for cell, seed in _missing(done, options):
            if time.monotonic() - started > options.seconds:
                print("The time is up; run the command again to continue.")
                break
            with disturbed() if cell.machine == "disturbed" else nullcontext():
                result = _run(cell, seed, recording)
            done[cell].append(result)
            file.write(json.dumps({**asdict(cell), **asdict(result)}) + "\n")
            file.flush()
    _print(done)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measurement")
    parser.add_argument("--runs", type=int, default=100, help="simulated runs of each kind")
    parser.add_argument("--real-runs", type=int, default=0, help="real runs of each kind")
    parser.add_argument("--form", choices=("full", "quick"), default="full")
    parser.add_argument("--effects", type=float, nargs="+", default=list(EFFECTS))
    parser.add_argument("--seconds", type=float, default=600, help="stop after this many seconds")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "runs.jsonl")
    return parser.parse_args()


def _missing(done: Runs, options: argparse.Namespace) -> Iterator[tuple[Cell, int]]:
    """Yield the missing runs, every kind in turn, so that an early stop leaves none out."""
    counts = {
        Cell(options.form, machine, effect): options.real_runs if machine in REAL else options.runs
        for machine in (*REAL, RECORDED, *NOISES)
        for effect in options.effects
    }
    for number in range(max(counts.values(), default=0)):
        for cell, count in counts.items():
            if len(done[cell]) <= number < count:
                yield cell, number


def _run(cell: Cell, seed: int, recording: np.ndarray) -> Run:
    started = time.monotonic()
    machine: Machine | RealMachine
    if cell.machine in REAL:
        machine = RealMachine()
    elif cell.machine == RECORDED:
        machine = Machine(Noise(unit=0.0), seed, recording)
    else:
        machine = Machine(NOISES[cell.machine], seed)
    began = machine.clock()
    result = run(
        two_sides(machine, cell.effect),
        machine,
        slug="measurement",
        form="quick" if cell.form == "quick" else "full",
        seed=seed,
        clock=machine.clock,
        pressure=read_pressure if isinstance(machine, RealMachine) else lambda: None,
    )
    outcome = result.expectations[0]
    if cell.machine in REAL:
        taken = time.monotonic() - started
        print(f"{taken:5.1f} s  {cell.machine} {cell.effect}  {outcome.sentence}", flush=True)
    return Run(
        seed=seed,
        verdict=str(outcome.verdict),
        value=outcome.value,
        interval=outcome.interval,
        pairs=outcome.cases[0].pairs or 0,
        seconds=round(machine.clock() - began, 3),
    )


def _recording(path: Path) -> np.ndarray:
    if not path.exists():
        print(f"recording this machine's noise for {RECORD_S:.0f} s", flush=True)
        np.save(path, record_noise(RECORD_S))
    recording: np.ndarray = np.load(path)
    return recording


def _read(path: Path) -> Runs:
    done: Runs = defaultdict(list)
    if not path.exists():
        return done
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        cell = Cell(row.pop("form"), row.pop("machine"), row.pop("effect"))
        interval = row.pop("interval")
        done[cell].append(Run(interval=tuple(interval) if interval else None, **row))
    return done


def _print(done: Runs) -> None:
    print("form   machine      effect  runs  different  wrong (at most)  equal  unequal", end="")
    print("  inconcl.  covered  pairs  seconds")
    for cell, runs in sorted(done.items()):
        if not runs:
            continue
        summary = Summary.of(cell, runs)
        bound = upper_bound(summary.wrong, summary.runs)
        # The times of a real machine's sides are known to about 0.1 %, their median less exactly.
        covered = "-" if cell.machine in REAL else str(summary.covered)
        print(
            f"{cell.form:6} {cell.machine:12} {cell.effect:6.2f} {summary.runs:5d} "
            f"{summary.different:10d} {summary.wrong:6d} ({bound:7.2%}) {summary.equal:6d} "
            f"{summary.unequal:8d} {summary.inconclusive:9d} {covered:>8} {summary.pairs:6d} "
            f"{summary.seconds:8.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
