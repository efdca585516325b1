"""Who may do what: every operation of REST and GraphQL, asked by everybody."""
