"""Middleware: the request log, probes, security headers and error pages."""
