"""The admin site and the base classes for every app's `admin.py`; tables are read-only by default.

Permissions come from Django's authentication backends; nothing here knows about roles.
"""
