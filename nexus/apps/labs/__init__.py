"""Labs: which there are, the runs of them, and the process that carries runs out."""
