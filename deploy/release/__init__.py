"""Blue-green deployment behind HAProxy, with its own way back; needs the standard library only."""
