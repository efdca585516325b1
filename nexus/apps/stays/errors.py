"""Errors of stays."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError, NotAllowedError, NotFoundError

__all__ = [
    "BookingCancelledError",
    "BookingEndedError",
    "BookingNotFoundError",
    "DatesRefusedError",
    "DatesTakenError",
    "ListingChangedError",
    "ListingNotFoundError",
    "ReviewExistsError",
    "SeasonNotFoundError",
    "SeasonTakenError",
    "StayNotAllowedError",
    "StayNotEndedError",
    "TooManyGuestsError",
]


class ListingNotFoundError(NotFoundError):
    """No such listing, or it is not published."""

    code = "listing_not_found"


class BookingNotFoundError(NotFoundError):
    """No such booking, or you have no access to it."""

    code = "booking_not_found"


class SeasonNotFoundError(NotFoundError):
    """No such season of this listing."""

    code = "season_not_found"


class StayNotAllowedError(NotAllowedError):
    """Only the listing's host and administrators can do this."""

    code = "stay_not_allowed"


class ListingChangedError(NexusError):
    """The listing has changed since you read it. Fetch it again and repeat your change."""

    code = "listing_changed"
    status = HTTPStatus.PRECONDITION_FAILED


class DatesRefusedError(ConflictError):
    """Dates must be between today and two years from now. Choose other dates."""

    code = "dates_refused"


class DatesTakenError(ConflictError):
    """One or more of these nights are already booked. See the calendar for free nights."""

    code = "dates_taken"
    constraints = ("stays_booking_no_overlap",)


class TooManyGuestsError(ConflictError):
    """Too many guests for this listing. See its capacity."""

    code = "too_many_guests"


class SeasonTakenError(ConflictError):
    """At least one of these nights already has a seasonal price. Remove that season first."""

    code = "season_taken"
    constraints = ("stays_seasonprice_no_overlap",)


class BookingCancelledError(ConflictError):
    """This booking is already cancelled."""

    code = "booking_cancelled"


class BookingEndedError(ConflictError):
    """This stay has ended and cannot be cancelled."""

    code = "booking_ended"


class StayNotEndedError(ConflictError):
    """A stay can be reviewed after it has ended, and only if it was not cancelled."""

    code = "stay_not_ended"


class ReviewExistsError(ConflictError):
    """This stay already has a review."""

    code = "review_exists"
    constraints = ("stays_review_booking_id_key",)
