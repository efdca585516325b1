"""The shop's catalogue: products, their images, prices and stock, and categories."""
