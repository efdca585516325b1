"""Resources: what to read next, chosen and annotated."""
