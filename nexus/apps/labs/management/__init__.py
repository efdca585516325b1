"""Commands of the labs app."""
