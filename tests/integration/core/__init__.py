"""Tests of what every app uses, against real servers."""
