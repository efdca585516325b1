"""How often the labs reach the same, correct verdict: `python -m benchmarks.verdicts`.

Runs labs repeatedly, as `nexus run --json` does, and counts how each claim was decided. With
`--busy` another process keeps a core busy the whole time.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 if every verdict of every run was as declared."""
    options = _parser().parse_args(arguments)
    command = [sys.executable, "-m", "nexus.cli", "run", *options.labs, "--json"]
    if options.quick:
        command.append("--quick")
    decided: Counter[tuple[str, str, str]] = Counter()
    codes: Counter[int] = Counter()
    began = time.monotonic()
    with _busy(options.busy):
        for _ in range(options.times):
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            codes[done.returncode] += 1
            for line in done.stdout.splitlines():
                for item in json.loads(line)["expectations"]:
                    decided[item["claim"], item["declared"], item["verdict"]] += 1
    _report(decided, codes, options, time.monotonic() - began)
    return 0 if set(codes) == {0} else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labs", nargs="*", default=["n-plus-one", "overselling"])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--busy", action="store_true", help="keep a core busy the whole time")
    return parser


@contextmanager
def _busy(enabled: bool) -> Iterator[None]:  # noqa: FBT001 -- the command's own switch
    if not enabled:
        yield
        return
    neighbour = multiprocessing.Process(target=_spin, daemon=True)
    neighbour.start()
    try:
        yield
    finally:
        neighbour.kill()


def _spin() -> None:
    while True:
        pass


def _report(
    decided: Counter[tuple[str, str, str]],
    codes: Counter[int],
    options: argparse.Namespace,
    lasted_s: float,
) -> None:
    print("| claim | declared | verdicts |\n| --- | --- | --- |")
    for claim, declared in dict.fromkeys((claim, declared) for claim, declared, _ in decided):
        counts = [
            f"{count} {verdict}" for (other, _, verdict), count in decided.items() if other == claim
        ]
        print(f"| {claim} | {declared} | {', '.join(counts)} |")
    form = "quick" if options.quick else "full"
    core = "another process keeping a core busy" if options.busy else "no busy process"
    ends = ", ".join(f"{count} × {code}" for code, count in sorted(codes.items()))
    print(f"\n{options.times} runs, {form} form, {core}, {lasted_s:.0f} s; exit codes {ends}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
