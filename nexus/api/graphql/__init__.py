"""What the GraphQL types and resolvers of all apps share."""
