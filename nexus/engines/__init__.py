"""What would be true without Django: designs, measurements and judgements of their own."""
