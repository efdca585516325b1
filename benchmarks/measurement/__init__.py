"""How far the experiment engine can be trusted: false alarms, power and coverage."""
