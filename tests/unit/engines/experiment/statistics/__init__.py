"""Tests of `nexus.engines.experiment.statistics`."""
