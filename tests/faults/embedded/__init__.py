"""Tests of the embedded services while things are killed or run full."""
