"""The library's linter: what makes a page worse without keeping it from being loaded.

What cannot be shown at all is refused by `nexus.apps.library.reading`; those faults are reported
here too. Labs are compared with pages by `nexus.apps.labs.checking`.
"""

from nexus.apps.library.checking.challenge_tables import write_tables
from nexus.apps.library.checking.library import Report, Scope, check_library

__all__ = ["Report", "Scope", "check_library", "write_tables"]
