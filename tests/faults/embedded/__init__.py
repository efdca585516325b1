"""Tests of the embedded services with killed processes and full disks."""
