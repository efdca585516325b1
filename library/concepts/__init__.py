"""Concepts: what the words mean and how the machinery behaves."""
