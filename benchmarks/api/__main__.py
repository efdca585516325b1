"""`python -m benchmarks.api [flat] [--quick]`: this API next to its peers, or at growing sizes."""

import argparse
import sys

from benchmarks.api.environment import enter


def main() -> int:
    """Measure; ends with 0 when that was possible."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api")
    parser.add_argument("what", nargs="?", default="beside", choices=("beside", "flat"))
    parser.add_argument("--quick", action="store_true", help="some shorter rounds, for a check")
    asked = parser.parse_args()
    enter()
    if asked.what == "flat":
        from benchmarks.api import flat

        return flat.main(quick=asked.quick)
    from benchmarks.api import beside

    return beside.main(quick=asked.quick)


if __name__ == "__main__":
    sys.exit(main())
