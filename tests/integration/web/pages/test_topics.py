"""The topics: a reading order, and the pages of each topic."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.library import queries
from nexus.apps.library.models import Page
from nexus.apps.library.services import load_library
from nexus.web.pages.topics import TopicMap
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> None:
    load_library()


@pytest.mark.usefixtures("library")
def test_every_page_comes_after_its_prerequisites() -> None:
    seen: set[str] = set()
    for step in nonempty(TopicMap(queries.list_pages()).steps):
        for page in nonempty(step):
            assert {link.url for link in page.after} <= seen
        seen |= {page.link.url for page in step}
    assert len(seen) == Page.objects.count()


@pytest.mark.usefixtures("library")
def test_page_comes_directly_after_a_prerequisite() -> None:
    steps = TopicMap(queries.list_pages()).steps
    for before, step in pairwise(steps):
        urls = {page.link.url for page in before}
        for page in nonempty(step):
            assert urls & {link.url for link in page.after}


@pytest.mark.usefixtures("library")
def test_every_topic_has_its_pages_and_its_neighbours() -> None:
    found = TopicMap(queries.list_pages())
    assert [topic.name for topic in found.topics + found.labels] != []
    pages = list(queries.list_pages())
    for topic in [*found.topics, *found.labels]:
        urls = {f"/library/{page.key}/" for page in pages if topic.name in page.topics}
        assert urls == {link.url for link in topic.pages}
        for other, count in topic.neighbours:
            shared = [page for page in pages if {topic.name, other} <= set(page.topics)]
            assert count == len(shared) > 1
    assert all(len(topic.pages) > 1 for topic in found.topics)
    assert all(len(topic.pages) == 1 for topic in found.labels)
    assert set(queries.list_topics()) == {topic.name for topic in found.topics + found.labels}


@pytest.mark.usefixtures("library")
def test_topics_of_a_page_lead_to_the_map(client: Client) -> None:
    shown = client.get("/topics/").content.decode()
    for page in nonempty(queries.list_pages()):
        body = client.get(f"/library/{page.key}/").content.decode()
        links = re.findall(r'href="/topics/#([^"]+)"', body)
        assert len(links) == len(page.topics)
        for anchor in links:
            assert shown.count(f'id="{anchor}"') == 1


@pytest.mark.usefixtures("library")
def test_links_of_the_map_lead_to_topics_that_it_shows(client: Client) -> None:
    body = client.get("/topics/").content.decode()
    for anchor in nonempty(re.findall(r'<a href="#([^"]+)"', body)):
        assert anchor == "content" or f'id="{anchor}"' in body


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("address", ["/", "/library/"])
def test_map_is_found_from_the_first_pages(client: Client, address: str) -> None:
    assert 'href="/topics/"' in client.get(address).content.decode()


@pytest.mark.usefixtures("library")
def test_number_of_queries_does_not_grow_with_pages(client: Client) -> None:
    with CaptureQueriesContext(connection) as all_pages:
        client.get("/topics/")
    Page.objects.exclude(slug="n-plus-one").delete()
    with CaptureQueriesContext(connection) as one_page:
        client.get("/topics/")
    assert len(one_page) == len(all_pages)


def test_empty_library_is_reported(client: Client) -> None:
    assert "will appear here" in client.get("/topics/").content.decode()
