"""Pages and claims as last loaded from the files, which are the source of truth."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Now

__all__ = ["Claim", "Page", "Search", "Section", "Word"]


class Page(models.Model):
    """A page of the library, rendered."""

    kind = models.CharField(max_length=40, db_collation="C")
    slug = models.CharField(max_length=80, db_collation="C")
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=200)
    topics = ArrayField(models.CharField(max_length=60), default=list)
    prerequisites = models.ManyToManyField("self", symmetrical=False, related_name="used_in")
    # Earlier names `kind/slug` of the page.
    former_keys = ArrayField(models.CharField(max_length=120, db_collation="C"), default=list)
    # The `nexus.apps.library.reading.Reported` of a challenge; null for other pages.
    reported = models.JSONField(null=True, blank=True)
    # As described in `nexus.apps.library.reading.PageText`.
    blocks = models.JSONField(default=list)
    contents = models.JSONField(default=list)
    path = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    position = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "slug"], name="library_page_kind_slug_unique"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The page's unique name, `kind/slug`."""
        return f"{self.kind}/{self.slug}"


class Claim(models.Model):
    """A falsifiable sentence, made on one page."""

    id = models.CharField(max_length=120, primary_key=True, db_collation="C")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="claims")
    sentence = models.TextField()
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["page__position", "position"]

    def __str__(self) -> str:
        return self.id


class Section(models.Model):
    """The part of a page under one heading, as indexed for search."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    # Both empty for the text before the first heading.
    anchor = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=200, blank=True)
    page_title = models.CharField(max_length=200)
    prose = models.TextField(blank=True)
    code = models.TextField(blank=True)
    # The factor of a hit's rank, by the kind of page.
    weight = models.FloatField()
    vector = models.GeneratedField(
        expression=(
            SearchVector("title", weight="A", config="english")
            + SearchVector("page_title", weight="B", config="english")
            + SearchVector("prose", weight="C", config="english")
            # Names in code are indexed without stemming.
            + SearchVector("code", weight="D", config="simple")
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering: ClassVar = ["page__position", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["page", "position"],
                name="library_section_position_unique",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["vector"], name="library_section_vector"),
            models.Index(fields=["-weight", "id"], name="library_section_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.page_title}: {self.title}"


class Word(models.Model):
    """A word that occurs in some section: misspelt words are compared with these."""

    word = models.CharField(max_length=40, primary_key=True, db_collation="C")
    sections = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.word


class Search(models.Model):
    """A search that a user sent, and its number of hits, which shows what the library lacks."""

    text = models.CharField(max_length=200)
    corrected = models.CharField(max_length=200, blank=True)
    found = models.PositiveIntegerField()
    searched_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "searches"
        indexes: ClassVar = [models.Index(fields=["-searched_at"], name="library_search_at")]

    def __str__(self) -> str:
        return self.text
