"""Colours as the services web-blue and web-green of compose.yaml; a release is an image."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.release.errors import DeploymentError

__all__ = ["Compose"]

IMAGES = ("NEXUS_IMAGE", "NEXUS_BLUE_IMAGE", "NEXUS_GREEN_IMAGE")
BACKGROUND = ("worker", "beat")
BACKGROUND_IN_FULL = (*BACKGROUND, "runner")


@dataclass
class Compose:
    """The compose file in `folder`, with the profile and the images in .env next to it."""

    folder: Path

    def current(self) -> str:
        """Return the image in .env."""
        return self._setting("NEXUS_IMAGE")

    def migrate(self, release: str) -> None:
        """Run the migrations in a temporary container."""
        try:
            self._compose("run", "--rm", "--no-deps", "migrate", NEXUS_IMAGE=release)
        except DeploymentError as error:
            raise DeploymentError(
                f"The migrations of {release} failed; nothing else was changed: {error}"
            ) from error

    def start(self, colour: str, release: str) -> None:
        """Recreate the colour's container with the release."""
        images = {f"NEXUS_{colour.upper()}_IMAGE": release}
        self._compose("up", "--detach", "--no-deps", "--force-recreate", f"web-{colour}", **images)

    def healthy(self, colour: str) -> bool:
        """Return the result of the image's health check."""
        container = self._compose("ps", "--quiet", f"web-{colour}").strip()
        if not container:
            return False
        state = _run(["docker", "inspect", "--format", "{{.State.Health.Status}}", container])
        return state.strip() == "healthy"

    def stop(self, colour: str) -> None:
        """Stop the container within its grace period."""
        self._compose("stop", f"web-{colour}")

    def remember(self, release: str) -> None:
        """Write the release to .env for every later `up`."""
        path = self.folder / ".env"
        lines = path.read_text("utf-8").splitlines()
        images = [
            f"{name}={release}" if (name := line.partition("=")[0]) in IMAGES else line
            for line in lines
        ]
        replacement = path.with_suffix(".new")
        replacement.touch(mode=0o600)
        replacement.write_text("\n".join([*images, ""]), "utf-8")
        replacement.replace(path)

    def finish(self) -> None:
        """Recreate worker and beat with the release, and the runner in the full profile."""
        full = "full" in self._setting("COMPOSE_PROFILES").split(",")
        self._compose("up", "--detach", "--no-deps", *(BACKGROUND_IN_FULL if full else BACKGROUND))

    def _setting(self, name: str) -> str:
        lines = (self.folder / ".env").read_text("utf-8").splitlines()
        return dict(line.partition("=")[::2] for line in lines).get(name, "")

    def _compose(self, *arguments: str, **images: str) -> str:
        for image in images.values():
            if not re.fullmatch(r"[\w./:@-]+", image):
                raise DeploymentError(f"{image} is not the name of an image.")
        return _run(
            [*_program(), *arguments], folder=self.folder, environment={**os.environ, **images}
        )


def _program() -> list[str]:
    """Return Docker's compose plugin, or the older program."""
    plugin = subprocess.run(
        ["docker", "compose", "version"],
        check=False,
        capture_output=True,
    )
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if older := shutil.which("docker-compose"):
        return [older]
    raise DeploymentError("Docker Compose is not installed.")


def _run(
    command: list[str], *, folder: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise DeploymentError(f"`{' '.join(command[-4:])}` ended with {done.returncode}: {last}")
    return done.stdout
