"""What a shop sells: categories, products, their images and their stock."""
