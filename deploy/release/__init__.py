"""Blue-green deployment behind HAProxy with automatic rollback; needs the standard library only."""
