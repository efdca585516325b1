"""What every design measures with: units, counts, the oracle and the time of a run."""
