"""One view a page; each makes one call below and renders what comes back."""
