"""Who did what to which object, and when: rows that are only ever added."""
