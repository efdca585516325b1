"""Tests of `nexus.engines.experiment.comparison`."""
