"""Tests of `nexus.engines.experiment.document`."""
