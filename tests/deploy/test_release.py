"""What a deployment decides from HAProxy's statistics."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.release.balancer import Balancer, Standing
from deploy.release.blue_green import choose, fault
from deploy.release.compose import Compose
from deploy.release.errors import DeploymentError

UP = Standing("UP", "L7OK", 100, sessions=0, answers=1000, failures=10, times_down=1)
OUT = replace(UP, status="MAINT")


def test_idle_colour_is_chosen() -> None:
    assert choose({"blue": UP, "green": OUT}) == ("blue", "green")
    assert choose({"blue": OUT, "green": UP}) == ("green", "blue")


def test_first_deployment_has_nothing_to_keep() -> None:
    assert choose({"blue": OUT, "green": replace(UP, status="DOWN")}) == (None, "blue")


def test_colour_with_more_of_the_traffic_is_kept() -> None:
    assert choose({"blue": UP, "green": UP}) == ("blue", "green")
    assert choose({"blue": replace(UP, weight=1), "green": UP}) == ("green", "blue")


def test_drained_colour_does_not_serve() -> None:
    assert not replace(UP, status="DRAIN", weight=0).serving
    assert replace(UP, status="UP 1/2").serving


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (replace(UP, answers=2000, failures=30), ""),
        (replace(UP, answers=2000, failures=31), "failed 21 of 1000 requests"),
        # A few failures prove nothing, whatever their share.
        (replace(UP, answers=1005, failures=14), ""),
        (replace(UP, answers=1005, failures=15), "failed 5 of 5 requests"),
        (replace(UP, check="L7STS"), "fails its health check"),
        (replace(UP, status="DOWN"), "fails its health check"),
        # It was down, and is up again.
        (replace(UP, times_down=2), "fails its health check"),
    ],
)
def test_fault(now: Standing, found: str) -> None:
    assert fault(UP, now, share=0.02) == found


def test_missing_socket_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="does not answer at"):
        Balancer(tmp_path / "none").standings()


def test_image_is_written_where_it_stood(tmp_path: Path) -> None:
    names = ("NEXUS_IMAGE", "NEXUS_BLUE_IMAGE", "NEXUS_GREEN_IMAGE")

    def text(image: str) -> str:
        return "".join(["# One\nA=1\n# Two\n", *(f"{name}={image}\n" for name in names)])

    (tmp_path / ".env").write_text(text("nexus:1"), "utf-8")
    project = Compose(tmp_path)
    assert project.current() == "nexus:1"
    project.remember("nexus:2")
    assert project.current() == "nexus:2"
    assert (tmp_path / ".env").read_text("utf-8") == text("nexus:2")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("profiles", "parts"), [("small", ["worker", "beat"]), ("full", ["worker", "beat", "runner"])]
)
def test_parts_behind_the_web_are_those_of_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profiles: str, parts: list[str]
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(Compose, "_compose", lambda _self, *words, **_images: ran.append(words))
    (tmp_path / ".env").write_text(f"COMPOSE_PROFILES={profiles}\n", "utf-8")
    Compose(tmp_path).finish()
    assert ran == [("up", "--detach", "--no-deps", *parts)]
