"""Tests of what the labs of the library compute."""
