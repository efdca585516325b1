"""Who takes parcels to people: a Protocol, asking several at once, and sandboxes to ask."""
