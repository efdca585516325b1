"""The page on transactions: constraints, ACID and isolation levels."""
