"""Engines: designs, measurements and judgements that need neither Django nor a database."""
