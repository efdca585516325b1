"""The travel site in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from nexus.apps.stays import services
from nexus.apps.stays.models import Booking, Listing, Review, SeasonPrice
from nexus.apps.users.queries import with_email
from nexus.core.admin.tables import History, Rows, Table

__all__ = ["BookingAdmin", "ListingAdmin", "ReviewAdmin"]


class SeasonRows(Rows):
    """Seasonal prices."""

    model = SeasonPrice
    fields = ("nights", "price_per_night")


@admin.register(Listing)
class ListingAdmin(Table):
    """Listings."""

    list_display = ("title", "host", "city", "country", "capacity", "price_per_night", "currency",
                    "is_published")  # fmt: skip
    list_select_related: ClassVar = ["host"]
    list_filter = ("is_published", "cancellation_policy")
    search_fields = ("city", "title")
    search_help_text = "Words of the title or the city."
    fields = ("title", "description", "host", "city", "country", "latitude", "longitude",
              "capacity", "price_per_night", "currency", "cancellation_policy", "is_published",
              "version", "created_at")  # fmt: skip
    changeable = ("title", "description", "cancellation_policy", "is_published")
    inlines: ClassVar = [SeasonRows]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        del change
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            services.change_listing(listing_id=obj.pk, by=request.user, **changed)


@admin.register(Booking)
class BookingAdmin(History):
    """Bookings."""

    list_display = ("pk", "listing", "guest", "nights", "status", "total", "currency", "booked_at")
    list_select_related: ClassVar = ["listing", "guest"]
    list_filter = ("status",)
    search_fields = ("pk__exact",)
    search_help_text = "The booking's id or the guest's full email address."
    fields = ("listing", "guest", "nights", "status", "guests", "night_prices", "total", "currency",
              "cancellation_policy", "refund", "booked_at", "cancelled_at")  # fmt: skip
    actions = ("cancel",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a booking by its id, or all bookings of a guest by email address."""
        if "@" in search_term:
            return queryset.filter(guest__in=with_email(search_term.strip())), False
        return super().get_search_results(request, queryset, search_term)

    @admin.action(description="Cancel with a full refund", permissions=["view"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        def work(row: Booking) -> None:
            services.cancel_booking(booking_id=row.pk, by=request.user)

        self.carry_out(request, rows, work)


@admin.register(Review)
class ReviewAdmin(History):
    """Reviews."""

    list_display = ("booking", "rating", "text", "created_at")
    list_select_related: ClassVar = ["booking"]
    list_filter = ("rating",)
    search_fields = ("booking__pk__exact",)
    search_help_text = "The booking's id."
    fields = ("booking", "rating", "text", "created_at")
