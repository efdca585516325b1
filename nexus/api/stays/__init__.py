"""Places to stay: listings, calendars, bookings and reviews."""
