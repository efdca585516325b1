"""Pages for people: each module holds a page's view and its data."""
