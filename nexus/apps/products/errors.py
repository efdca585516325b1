"""Errors of products and categories."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError, NotAllowedError, NotFoundError

__all__ = [
    "AttributesError",
    "CategoryInUseError",
    "CategoryMoveError",
    "CategoryNotFoundError",
    "CategoryTakenError",
    "ImageNotFoundError",
    "ImagesFullError",
    "ImportSizeError",
    "OutOfStockError",
    "ProductChangedError",
    "ProductNotAllowedError",
    "ProductNotFoundError",
    "SkuTakenError",
]

CATEGORY_REFERENCES = (
    "products_product_category_id_9b594869_fk_products_category_id",
    "products_category_parent_exists",
)
"""Foreign keys to a category: violated by a reference to a category that has been deleted, and by
deleting one that is still referred to."""


class ProductNotFoundError(NotFoundError):
    """No such product, or it is not published."""

    code = "product_not_found"


class CategoryNotFoundError(NotFoundError):
    """No such category. See /api/v1/categories/ for all categories."""

    code = "category_not_found"
    constraints = CATEGORY_REFERENCES


class ImageNotFoundError(NotFoundError):
    """No such image of this product."""

    code = "image_not_found"


class ProductNotAllowedError(NotAllowedError):
    """Only the product's merchant and administrators can do this."""

    code = "product_not_allowed"


class SkuTakenError(ConflictError):
    """This merchant already has a product with this SKU."""

    code = "sku_taken"
    constraints = ("products_product_sku_unique",)


class CategoryTakenError(ConflictError):
    """A category with this slug already exists."""

    code = "category_taken"
    constraints = ("products_category_slug_key", "products_category_path_key")


class CategoryMoveError(ConflictError):
    """A category cannot be moved below itself, and its path must not become too long."""

    code = "category_move"


class CategoryInUseError(ConflictError):
    """Products or other categories still use this category. Move or change them first."""

    code = "category_in_use"
    constraints = CATEGORY_REFERENCES


class OutOfStockError(ConflictError):
    """Not enough stock (or the stock limit is reached)."""

    code = "out_of_stock"


class ImagesFullError(ConflictError):
    """This product has the maximum number of images. Remove one first."""

    code = "images_full"


class ProductChangedError(NexusError):
    """The product has changed since you read it. Fetch it again and repeat your change."""

    code = "product_changed"
    status = HTTPStatus.PRECONDITION_FAILED


class AttributesError(ConflictError):
    """The attributes do not match the ones declared by the category."""

    code = "attributes_invalid"


class ImportSizeError(NexusError):
    """The file is too large for one import. Split it."""

    code = "import_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
