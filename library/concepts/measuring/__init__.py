"""The page on how a lab measures and judges."""
