"""What the service knows and does; every app has the same shape."""
