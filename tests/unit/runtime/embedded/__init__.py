"""Tests of the pieces of the embedded services that need no server."""
