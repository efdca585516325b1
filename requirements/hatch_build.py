"""Return the built package the dependencies that `requirements/base.in` lists."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DependenciesFromBase(MetadataHookInterface):
    """Read the direct requirements, one a line; comments are left out."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `dependencies` from the file beside this one."""
        lines = (Path(self.root) / "requirements" / "base.in").read_text("utf-8").splitlines()
        metadata["dependencies"] = [
            line.strip() for line in lines if line.strip() and not line.startswith("#")
        ]
