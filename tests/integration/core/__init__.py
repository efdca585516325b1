"""Tests of what every app stands on, against real servers."""
