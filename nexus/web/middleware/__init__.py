"""What every request passes: its log line, probes, security headers, errors as pages."""
