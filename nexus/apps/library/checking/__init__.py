"""The authors' compiler: what makes a page worse without keeping it from being loaded.

What could not be shown at all is refused by `nexus.apps.library.reading`; its faults are told
here as well, together with the rest. Labs are held against pages by `nexus.apps.labs.checking`.
"""

from nexus.apps.library.checking.library import Report, Scope, check_library

__all__ = ["Report", "Scope", "check_library"]
