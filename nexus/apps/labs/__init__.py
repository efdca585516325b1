"""Labs: their registry, their runs, and the process that executes runs."""
