"""Labs and their runs."""
