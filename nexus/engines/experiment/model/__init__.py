"""What a lab is made of: variants, expectations, budgets, and the bench it runs on."""
