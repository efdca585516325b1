"""Tests of `nexus.engines.experiment.trials`."""
