"""Comparisons: variants that give the same answer, by exact counts and by paired times."""
