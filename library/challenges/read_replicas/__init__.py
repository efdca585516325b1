"""The page on read replicas, pooling and warming."""
