"""The API: REST under /api/v1/ and GraphQL under /graphql/.

Both read from the apps' queries, write through their services, and word errors alike.
"""
