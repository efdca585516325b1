"""Set the dependencies of the built package from `requirements/base.in`."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DependenciesFromBase(MetadataHookInterface):
    """Reads the direct requirements, one a line, without comments."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `dependencies` from the file in this folder."""
        lines = (Path(self.root) / "requirements" / "base.in").read_text("utf-8").splitlines()
        metadata["dependencies"] = [
            line.strip() for line in lines if line.strip() and not line.startswith("#")
        ]
