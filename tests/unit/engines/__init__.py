"""Tests of nexus.engines."""
