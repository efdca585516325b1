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
BEHIND = ("worker", "beat")
BEHIND_IN_FULL = (*BEHIND, "runner")


@dataclass
class Compose:
    """The compose file in `folder`, with the profile and the images that .env beside it names."""

    folder: Path

    def current(self) -> str:
        """Read the image of .env."""
        return self._setting("NEXUS_IMAGE")

    def migrate(self, release: str) -> None:
        """Run the migrations as a container that goes away."""
        try:
            self._compose("run", "--rm", "--no-deps", "migrate", NEXUS_IMAGE=release)
        except DeploymentError as error:
            raise DeploymentError(
                f"The migrations of {release} failed, and nothing else was changed: {error}"
            ) from error

    def start(self, colour: str, release: str) -> None:
        """Make the colour's container anew with the release."""
        images = {f"NEXUS_{colour.upper()}_IMAGE": release}
        self._compose("up", "--detach", "--no-deps", "--force-recreate", f"web-{colour}", **images)

    def healthy(self, colour: str) -> bool:
        """Ask the engine for the image's own health check."""
        container = self._compose("ps", "--quiet", f"web-{colour}").strip()
        if not container:
            return False
        state = _run(["docker", "inspect", "--format", "{{.State.Health.Status}}", container])
        return state.strip() == "healthy"

    def stop(self, colour: str) -> None:
        """End the container within its grace period."""
        self._compose("stop", f"web-{colour}")

    def remember(self, release: str) -> None:
        """Write the release into .env for every later `up`."""
        path = self.folder / ".env"
        lines = path.read_text("utf-8").splitlines()
        images = [
            f"{name}={release}" if (name := line.partition("=")[0]) in IMAGES else line
            for line in lines
        ]
        written = path.with_suffix(".new")
        written.touch(mode=0o600)
        written.write_text("\n".join([*images, ""]), "utf-8")
        written.replace(path)

    def finish(self) -> None:
        """Start worker and beat anew with the release, and in the full profile the runner."""
        full = "full" in self._setting("COMPOSE_PROFILES").split(",")
        self._compose("up", "--detach", "--no-deps", *(BEHIND_IN_FULL if full else BEHIND))

    def _setting(self, name: str) -> str:
        lines = (self.folder / ".env").read_text("utf-8").splitlines()
        return dict(line.partition("=")[::2] for line in lines).get(name, "")

    def _compose(self, *arguments: str, **images: str) -> str:
        for image in images.values():
            if not re.fullmatch(r"[\w./:@-]+", image):
                raise DeploymentError(f"{image} is no name of an image.")
        return _run(
            [*_program(), *arguments], folder=self.folder, environment={**os.environ, **images}
        )


def _program() -> list[str]:
    """Return Docker's own compose, or the program of that name from before."""
    plugin = subprocess.run(
        ["docker", "compose", "version"],
        check=False,
        capture_output=True,
    )
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if older := shutil.which("docker-compose"):
        return [older]
    raise DeploymentError("There is no docker compose here.")


def _run(
    command: list[str], *, folder: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=environment
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise DeploymentError(f"`{' '.join(command[-4:])}` ended with {done.returncode}: {last}")
    return done.stdout
