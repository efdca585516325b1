"""From measured pairs to an interval, and from the interval to a verdict."""
