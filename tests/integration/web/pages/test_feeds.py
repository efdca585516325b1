"""Feeds contain the same pages and verdicts as the site."""

from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from nexus.apps.library import queries
from nexus.apps.library.services import load_library
from tests.integration.web.pages.test_library import ended_run
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def library() -> None:
    load_library()


def test_llms_lists_every_page_by_kind(client: Client) -> None:
    text = client.get("/llms.txt").content.decode()
    assert text.startswith("# Nexus\n\n> ")
    for key, page in nonempty(queries.pages_by_key().items()):
        assert f"- [{page.title}](http://testserver/library/{key}/): {page.summary}" in text


def test_feed_has_pages_and_verdicts_newest_first(client: Client) -> None:
    run = ended_run()
    answer = client.get("/feed.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    entries = ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314 -- our own
    assert entries[0].findtext(f"{ATOM}id") == run.pk.urn
    dates = [entry.findtext(f"{ATOM}updated") for entry in entries]
    assert dates == sorted(dates, reverse=True, key=str)
    links = {
        link.get("href") for entry in entries if (link := entry.find(f"{ATOM}link")) is not None
    }
    assert "http://testserver/library/challenges/overselling/" in links
