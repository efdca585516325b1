"""Tests of nexus.engines.experiment."""
