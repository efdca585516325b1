"""What a run document says, in words, figures, tables and plots."""
