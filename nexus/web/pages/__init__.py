"""The HTML pages: each module contains a page's view and its data."""
