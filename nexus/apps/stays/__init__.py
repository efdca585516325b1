"""Where travellers sleep: listings, their prices by night, bookings and reviews."""
