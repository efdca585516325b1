"""What can go wrong with stays."""

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
    """There is no such listing, or it is not published."""

    code = "listing_not_found"


class BookingNotFoundError(NotFoundError):
    """You have no such booking, neither as its guest nor as its host."""

    code = "booking_not_found"


class SeasonNotFoundError(NotFoundError):
    """This listing has no such season."""

    code = "season_not_found"


class StayNotAllowedError(NotAllowedError):
    """Hosts manage their own listings, and admins any: this is neither."""

    code = "stay_not_allowed"


class ListingChangedError(NexusError):
    """The listing has changed since you read it: read it again, then repeat your change."""

    code = "listing_changed"
    status = HTTPStatus.PRECONDITION_FAILED


class DatesRefusedError(ConflictError):
    """Nights can be booked and priced from today to two years ahead: choose other dates."""

    code = "dates_refused"


class DatesTakenError(ConflictError):
    """Somebody else has one of these nights: the listing's calendar shows which are free."""

    code = "dates_taken"
    constraints = ("stays_booking_no_overlap",)


class TooManyGuestsError(ConflictError):
    """There is no room for so many guests: the listing's capacity says for how many there is."""

    code = "too_many_guests"


class SeasonTakenError(ConflictError):
    """One of these nights has a season's price already: remove that season first."""

    code = "season_taken"
    constraints = ("stays_seasonprice_no_overlap",)


class BookingCancelledError(ConflictError):
    """This booking is cancelled already."""

    code = "booking_cancelled"


class BookingEndedError(ConflictError):
    """This stay has ended, so it cannot be cancelled."""

    code = "booking_ended"


class StayNotEndedError(ConflictError):
    """A stay is reviewed once it has ended, and only if it took place."""

    code = "stay_not_ended"


class ReviewExistsError(ConflictError):
    """This stay has been reviewed already."""

    code = "review_exists"
    constraints = ("stays_review_booking_id_key",)
