"""GraphQL: ordinary Strawberry types over the apps' queries and services."""
