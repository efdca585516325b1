"""The handbook: pages, sections, search and claims."""
