"""`python -m benchmarks.api [flat] [--quick]`: this API next to its peers, or at growing sizes."""

import argparse
import sys

from benchmarks.api.environment import enter


def main() -> int:
    """Measure; return 0 if that was possible."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api")
    parser.add_argument("what", nargs="?", default="peers", choices=("peers", "flat"))
    parser.add_argument("--quick", action="store_true", help="a few short rounds, as a check")
    options = parser.parse_args()
    enter()
    if options.what == "flat":
        from benchmarks.api import flat

        return flat.main(quick=options.quick)
    from benchmarks.api import peers

    return peers.main(quick=options.quick)


if __name__ == "__main__":
    sys.exit(main())
