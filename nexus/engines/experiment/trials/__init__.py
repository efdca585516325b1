"""Trials: many workers at once, judged by what they leave in the database."""
