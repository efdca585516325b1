"""Writes to the tree of categories."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import ProtectedError

from nexus.apps.products import queries
from nexus.apps.products.errors import (
    CategoryInUseError,
    CategoryMoveError,
    CategoryNotFoundError,
    CategoryTakenError,
    ProductNotAllowedError,
)
from nexus.apps.products.models import MAX_PATH_LENGTH, Category, Product
from nexus.apps.products.permissions import may_manage_any
from nexus.apps.products.services._shared import CATEGORIES, PRODUCTS
from nexus.core.audit.services import record
from nexus.core.cache.responses import invalidate
from nexus.core.database.constraints import constraint_errors
from nexus.core.database.locks import get_for_update

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["create_category", "delete_category", "move_category", "update_category"]


@transaction.atomic
def create_category(
    *,
    slug: str,
    name: str,
    by: "Actor",
    parent: str = "",
    attribute_kinds: Mapping[str, str] | None = None,
) -> Category:
    """Create a category, below `parent` if one is given.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryTakenError`, and
    `CategoryMoveError` if its path would be too long.
    """
    invalidate(PRODUCTS, CATEGORIES)
    _require_permission(by)
    parent_path = queries.get_category(parent).path if parent else None
    if len(f"{parent_path}/{slug}") > MAX_PATH_LENGTH:
        raise CategoryMoveError
    with constraint_errors(CategoryTakenError, CategoryNotFoundError, deferred=True):
        category = Category.objects.create(
            slug=slug,
            name=name,
            parent_path=parent_path,
            attribute_kinds=dict(attribute_kinds or {}),
        )
    record("category.created", by=by, of=category)
    return category


@transaction.atomic
def update_category(
    *,
    slug: str,
    by: "Actor",
    name: str | None = None,
    parent: str | None = None,
    attribute_kinds: Mapping[str, str] | None = None,
) -> Category:
    """Rename a category, move it, or declare the attributes of its products again.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryMoveError`, and
    `CategoryInUseError` if a product has an attribute that would be removed or change its kind.
    """
    invalidate(PRODUCTS, CATEGORIES)
    _require_permission(by)
    if parent is not None:
        # First, as it locks the whole tree, which includes the row that is locked here.
        move_category(slug=slug, parent=parent, by=by)
    category = get_for_update(
        Category.objects.all(), CategoryNotFoundError, no_key=False, slug=slug
    )
    if name is not None:
        category.name = name
    if attribute_kinds is not None:
        old, category.attribute_kinds = category.attribute_kinds, dict(attribute_kinds)
        touched = [kind for kind in old if attribute_kinds.get(kind) != old[kind]]
        if touched and _is_used(slug, touched):
            raise CategoryInUseError
    category.save(update_fields=["name", "attribute_kinds"])
    record("category.changed", by=by, of=category)
    return category


@transaction.atomic
def move_category(*, slug: str, parent: str, by: "Actor") -> Category:
    """Move a category with all below it under another one, or to the root if `parent` is empty.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryMoveError`.
    """
    invalidate(PRODUCTS, CATEGORIES)
    _require_permission(by)
    # One move at a time: two concurrent moves could each be valid alone and create a cycle.
    tree = {row.slug: row for row in Category.objects.select_for_update().order_by("path")}
    category = tree.get(slug) or queries.get_category(slug)
    target = (tree.get(parent) or queries.get_category(parent)).path if parent else None
    old, new = category.path, f"{target}/{slug}" if target else slug
    if target is not None and f"{target}/".startswith(f"{old}/"):
        raise CategoryMoveError
    below = [row for row in tree.values() if row.path.startswith(f"{old}/")]
    if any(len(new + row.path.removeprefix(old)) > MAX_PATH_LENGTH for row in (category, *below)):
        raise CategoryMoveError
    for row in below:
        row.parent_path = new + str(row.parent_path).removeprefix(old)
    category.parent_path = target
    Category.objects.bulk_update([category, *below], ["parent_path"])
    record("category.moved", by=by, of=category, before=old, after=new)
    return queries.get_category(slug)


@transaction.atomic
def delete_category(*, slug: str, by: "Actor") -> None:
    """Delete a category that has no products and no categories below it.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryInUseError`.
    """
    invalidate(PRODUCTS, CATEGORIES)
    _require_permission(by)
    category = queries.get_category(slug)
    record("category.deleted", by=by, of=category, path=category.path)
    try:
        # A product may be added concurrently: check foreign keys now, not at the commit.
        with constraint_errors(CategoryInUseError, deferred=True):
            category.delete()
    except ProtectedError as error:
        raise CategoryInUseError from error


def _is_used(slug: str, kinds: list[str]) -> bool:
    """Return whether a product in a category or below it has one of some attributes."""
    below = Product.objects.filter(category__in=queries.ids_below(slug))
    return below.filter(attributes__has_any_keys=kinds).exists()


def _require_permission(by: "Actor") -> None:
    if not may_manage_any(by):
        raise ProductNotAllowedError("Only administrators can change categories.")
