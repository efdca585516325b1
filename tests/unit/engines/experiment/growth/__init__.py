"""Tests of `nexus.engines.experiment.growth`."""
