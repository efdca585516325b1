"""Services and child processes: started, supervised and stopped."""
