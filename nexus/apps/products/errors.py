"""What can go wrong with products."""

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
"""Foreign keys to a category: violated by whoever refers to one that has gone, and by deleting one
that something still refers to."""


class ProductNotFoundError(NotFoundError):
    """There is no such product, or it is not published."""

    code = "product_not_found"


class CategoryNotFoundError(NotFoundError):
    """There is no such category: /api/v1/categories/ lists those there are."""

    code = "category_not_found"
    constraints = CATEGORY_REFERENCES


class ImageNotFoundError(NotFoundError):
    """This product has no such image."""

    code = "image_not_found"


class ProductNotAllowedError(NotAllowedError):
    """Merchants manage their own products, and admins any: this is neither."""

    code = "product_not_allowed"


class SkuTakenError(ConflictError):
    """Another product of the same merchant has this SKU."""

    code = "sku_taken"
    constraints = ("products_product_sku_unique",)


class CategoryTakenError(ConflictError):
    """There is a category with this slug already."""

    code = "category_taken"
    constraints = ("products_category_slug_key", "products_category_path_key")


class CategoryMoveError(ConflictError):
    """A category cannot stand below itself, nor deeper than its path may be long."""

    code = "category_move"


class CategoryInUseError(ConflictError):
    """Products or categories still need this: move or change them first."""

    code = "category_in_use"
    constraints = CATEGORY_REFERENCES


class OutOfStockError(ConflictError):
    """There are fewer pieces in stock than this would take, or no room for more."""

    code = "out_of_stock"


class ImagesFullError(ConflictError):
    """This product has as many images as it may have: remove one first."""

    code = "images_full"


class ProductChangedError(NexusError):
    """The product has changed since you read it: read it again, then repeat your change."""

    code = "product_changed"
    status = HTTPStatus.PRECONDITION_FAILED


class AttributesError(ConflictError):
    """The attributes do not fit what the product's category declares."""

    code = "attributes_invalid"


class ImportSizeError(NexusError):
    """The file is larger than one import may be: send it in parts."""

    code = "import_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
