"""Whether this process lives and can serve, and what Prometheus reads."""
