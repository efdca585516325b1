"""The benchmarks of Nexus itself, one command each."""
