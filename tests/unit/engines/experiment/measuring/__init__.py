"""Tests of `nexus.engines.experiment.measuring`."""
