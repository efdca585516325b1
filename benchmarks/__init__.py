"""Figures that Nexus states about itself, one command each."""
