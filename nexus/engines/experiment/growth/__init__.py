"""Growth: how the time of each variant grows with one size."""
