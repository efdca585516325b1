"""REST: Django REST framework over the apps' queries and services, described by OpenAPI 3.1."""
