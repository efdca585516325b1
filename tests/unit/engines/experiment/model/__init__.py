"""Tests of `nexus.engines.experiment.model`."""
