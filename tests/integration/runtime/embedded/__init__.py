"""Tests of the embedded services with real servers."""
