"""The admin as every app's `admin.py` uses it: who enters, and tables that show before they change.

Who may do what is asked of Django's authentication backends, since nothing here knows of roles.
"""
