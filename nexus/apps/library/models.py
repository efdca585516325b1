"""Pages and claims as they were last loaded from the files; the files are the truth."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

__all__ = ["Claim", "Page"]


class Page(models.Model):
    """A page of the library, rendered."""

    kind = models.CharField(max_length=40, db_collation="C")
    slug = models.CharField(max_length=80, db_collation="C")
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=200)
    topics = ArrayField(models.CharField(max_length=60), default=list)
    prerequisites = models.ManyToManyField("self", symmetrical=False, related_name="used_in")
    # What `nexus.apps.library.reading.PageText` says of blocks and contents.
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
        """The page's name among all pages, `kind/slug`."""
        return f"{self.kind}/{self.slug}"


class Claim(models.Model):
    """A sentence that can be false, made on one page."""

    id = models.CharField(max_length=120, primary_key=True, db_collation="C")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="claims")
    sentence = models.TextField()
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["page__position", "position"]

    def __str__(self) -> str:
        return self.id
