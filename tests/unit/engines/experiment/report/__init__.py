"""Tests of `nexus.engines.experiment.report`."""
