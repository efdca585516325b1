"""The source of the installation can be read, but nothing else on the machine."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from nexus.apps.library import queries
from nexus.apps.library.services import load_library
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.django_db

LAB = "library/challenges/n_plus_one/lab.py"
SHOWN = {".py", ".md", ".html", ".css", ".js", ".svg"}


def body_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert (address, 200) == (address, answer.status_code)
    return answer.content.decode()


def test_file_is_shown_with_a_number_for_every_line(client: Client) -> None:
    body = body_of(client, f"/source/{LAB}")
    lines = (Path(settings.BASE_DIR) / LAB).read_text("utf-8").splitlines()
    numbers = re.findall(r'id="L(\d+)" href="#L(\d+)"', body)
    assert numbers == [(str(n), str(n)) for n in range(1, len(lines) + 1)]


def test_lines_are_next_to_their_numbers(client: Client) -> None:
    body = body_of(client, f"/source/{LAB}")
    lines = (Path(settings.BASE_DIR) / LAB).read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("def "))
    (shown,) = re.findall(rf'<a class="line-number" id="L{number}"[^>]*>\d+</a>(.*)', body)
    assert unescape(re.sub("<[^>]+>", "", shown)) == lines[number - 1]


def test_every_file_of_the_installation_is_shown_in_full() -> None:
    from nexus.web.pages.source_files import read_source

    root = Path(settings.BASE_DIR)
    for package in ("library", "nexus"):
        for file in nonempty((root / package).rglob("*")):
            if file.suffix in SHOWN and not {"vendor", "__pycache__"} & set(file.parts):
                text = file.read_text("utf-8").rstrip("\n")
                found = read_source(file.relative_to(root).as_posix())
                assert found.lines[-1].number == text.count("\n") + 1, file


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "library/../manage.py",
        "library/../../etc/passwd.py",
        "nexus/./apps.py",
        "nexus//web/apps.py",
        "/etc/passwd.py",
        "library/..%2f..%2fetc/passwd.py",
        "library\\..\\manage.py",
        "manage.py",
        "pyproject.toml",
        ".env.example",
        "tests/conftest.py",
        ".venv/x.py",
        "nexus/.hidden.py",
        "nexus/.git/x.py",
        "nexus/web",
        "nexus/web/",
        "nexus/web/nothing.py",
        "nexus/web/apps.py\n",
        "nexus/web/apps.py\0.md",
        "nexus/web/__pycache__/apps.py",
        "nexus/web/static/nexus/vendor/htmx.min.js",
        "Nexus/web/apps.py",
        "nexus.py",
    ],
)
def test_nothing_else_is_shown(client: Client, path: str) -> None:
    from urllib.parse import quote

    for written in (path, quote(path, safe=""), quote(path, safe="/.")):
        answer = client.get("/source/" + quote(written, safe="/.%\\"))
        assert (written, 404) == (written, answer.status_code)


def test_unknown_file_is_a_sentence(client: Client) -> None:
    answer = client.get("/source/nexus/nothing.py")
    assert "No such source file" in answer.content.decode()


def test_link_out_of_a_package_is_not_followed(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "nexus").mkdir()
    (tmp_path / "secret.py").write_text("SECRET = 1\n", "utf-8")
    (tmp_path / "nexus" / "inside.py").write_text("INSIDE = 1\n", "utf-8")
    (tmp_path / "nexus" / "out.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "nexus" / "far.py").symlink_to("/etc/hostname")
    settings.BASE_DIR = tmp_path
    assert client.get("/source/nexus/inside.py").status_code == 200
    assert client.get("/source/nexus/out.py").status_code == 404
    assert client.get("/source/nexus/far.py").status_code == 404


def test_file_is_escaped(client: Client, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "nexus").mkdir()
    (tmp_path / "nexus" / "page.svg").write_text("<script>alert(1)</script>\n", "utf-8")
    (tmp_path / "nexus" / "odd.py").write_text("\n\nX = '<b>'\n\n", "utf-8")
    settings.BASE_DIR = tmp_path
    assert "<script>alert" not in body_of(client, "/source/nexus/page.svg")
    odd = body_of(client, "/source/nexus/odd.py")
    assert "&lt;b&gt;" in odd
    assert re.findall(r'id="L(\d+)"', odd) == ["3"]


def test_code_on_a_page_leads_to_its_line(client: Client) -> None:
    load_library()
    body = body_of(client, "/library/challenges/n-plus-one/")
    links = set(re.findall(r'href="(/source/[^"#]+)#(anchor-[^"]+)"', body))
    assert {link for link, _ in links} >= {f"/source/{LAB}"}
    for link, anchor in links:
        assert f'id="{anchor}"' in body_of(client, link)


def test_file_of_a_page_leads_back_to_it(client: Client) -> None:
    load_library()
    body = body_of(client, f"/source/{LAB}")
    assert '<a href="/library/challenges/n-plus-one/">N+1 queries</a>' in body


def test_every_page_suggests_a_change_to_its_file(client: Client) -> None:
    load_library()
    for page in nonempty(queries.pages_by_key().values()):
        body = body_of(client, f"/library/{page.key}/")
        assert f'<a href="/source/{page.path}#change">Suggest a change</a>' in body
        assert 'id="change"' in body_of(client, f"/source/{page.path}")


def test_suggestion_leads_to_the_forge_where_one_is_set(client: Client, settings: Settings) -> None:
    settings.SOURCE_URL = "https://forge.example/edit/main/"
    load_library()
    there = f'<a href="{settings.SOURCE_URL}{LAB}">Suggest a change</a>'
    assert there in body_of(client, "/labs/n-plus-one/")
    assert there in body_of(client, f"/source/{LAB}")
