"""The travel site: listings, prices per night, bookings and reviews."""
