"""The website: views, templates and static files."""
