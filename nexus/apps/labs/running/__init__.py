"""Executing runs: the runner, the data sets, and the process of each run."""
