"""The permissions, declared once; every other user must be refused.

A row for each operation: by method and URL name in REST, by the field's name in GraphQL. `$name`
stands for the id that the world has under that name.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.security.world import EVERYBODY, MEMBERS

ADMIN = frozenset({"admin"})
SELLERS = frozenset({"merchant", "merchant-2", "admin"})
SELLER = frozenset({"merchant", "admin"})
HOSTS = frozenset({"host", "host-2", "admin"})
HOST = frozenset({"host", "admin"})
BOOKER = frozenset({"guest", "host", "admin"})
GUEST = frozenset({"guest"})
RUNNERS = frozenset({"mentor", "admin"})
# An order's buyer, the merchant who sold all of it, and those who manage every order.
SHOP = frozenset({"merchant", "support", "admin"})
ORDER = SHOP | GUEST
# Webhooks belong to their owner only: not even an admin can read their log.
OWNER = frozenset({"merchant"})
# The guest has paid the merchant for an order that is not shipped yet, and has booked at the
# host's.
UNDER_WAY = frozenset({"guest", "merchant", "host"})


@dataclass(frozen=True)
class Row:
    """Who may, what is sent, and the resulting status."""

    who: frozenset[str]
    body: Any = None
    query: str = ""
    # Names in the world that differ from the names of the URL's parameters.
    ids: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    # The status if even permitted users get no 2xx, because the input is made up; if nobody is
    # permitted, the status of every refusal.
    status: int | None = None
    # Users who may, but currently get a 409.
    hindered: frozenset[str] = frozenset()


LISTING = {
    "title": "N",
    "city": "N",
    "country": "PT",
    "latitude": "1",
    "longitude": "1",
    "capacity": 1,
    "price_per_night": "1",
}
PRODUCT = {"sku": "N", "name": "N", "category": "kettles", "price": "1.00"}
CSV = "sku,name,category,price,currency\nN,N,kettles,1.00,EUR\n"
VERIFIER = "v" * 43
LIST = "{ edges { cursor } }"

REST: dict[tuple[str, str], Row] = {
    **{
        ("get", name): Row(EVERYBODY)
        for name in (
            *("root", "problems", "problem", "schema", "pages", "page", "sections"),
            *("claims", "claim", "claims-v2", "claim-v2", "labs", "lab", "runs", "run", "result"),
            *("samples", "categories", "category", "products", "product", "stays", "stay"),
            *("stay-reviews", "stay-seasons"),
        )
    },
    ("get", "search"): Row(EVERYBODY, query="q=lock"),
    ("get", "stay-calendar"): Row(EVERYBODY, query="month=$month"),
    ("post", "runs"): Row(RUNNERS, {"lab": "n-plus-one", "form": "quick"}),
    # It has ended: users who may cancel it get a 409.
    ("post", "cancel"): Row(RUNNERS, status=409),
    ("post", "categories"): Row(ADMIN, {"slug": "new", "name": "N"}),
    ("patch", "category"): Row(ADMIN, {"name": "N"}),
    ("delete", "category"): Row(ADMIN, ids={"category": "empty_shelf"}),
    ("post", "products"): Row(SELLERS, PRODUCT),
    ("post", "import"): Row(SELLERS, CSV, media_type="text/csv"),
    ("get", "own-products"): Row(MEMBERS),
    ("patch", "product"): Row(SELLER, {"name": "Changed"}),
    ("delete", "product"): Row(SELLER),
    ("put", "price"): Row(SELLER, {"price": "1.00"}),
    ("post", "stock"): Row(SELLER, {"quantity": 1}),
    ("post", "images"): Row(SELLER, {"url": "https://a.test/x"}),
    ("delete", "image"): Row(SELLER),
    ("post", "stays"): Row(HOSTS, LISTING),
    ("get", "own-stays"): Row(MEMBERS),
    ("patch", "stay"): Row(HOST, {"title": "Changed"}),
    ("post", "stay-seasons"): Row(
        HOST, {"first_night": "$day", "nights": 1, "price_per_night": "5"}
    ),
    ("delete", "stay-season"): Row(HOST),
    ("get", "stay-bookings"): Row(HOST),
    ("post", "stay-bookings"): Row(MEMBERS, {"arrival": "$day", "nights": 2, "guests": 1}),
    ("get", "own-bookings"): Row(MEMBERS),
    ("get", "booking"): Row(BOOKER),
    ("post", "booking-cancel"): Row(BOOKER),
    ("post", "booking-review"): Row(GUEST, {"rating": 5}, ids={"booking_id": "ended_id"}),
    ("get", "cart"): Row(MEMBERS),
    ("delete", "cart"): Row(MEMBERS),
    ("post", "cart-lines"): Row(MEMBERS, '{"product": $product_id, "quantity": 1}'),
    ("put", "cart-line"): Row(MEMBERS, {"quantity": 2}),
    ("delete", "cart-line"): Row(MEMBERS),
    ("post", "shipping-quotes"): Row(MEMBERS, {"country": "PT"}),
    ("post", "checkout"): Row(MEMBERS, "$checkout"),
    ("get", "orders"): Row(MEMBERS),
    ("get", "managed-orders"): Row(SHOP | {"merchant-2"}),
    ("get", "order"): Row(ORDER),
    ("get", "order-events"): Row(ORDER),
    ("get", "payments"): Row(ORDER),
    ("get", "refunds"): Row(ORDER),
    ("get", "payment"): Row(ORDER),
    ("post", "order-cancel"): Row(ORDER, {}),
    ("post", "payments"): Row(GUEST),
    ("post", "order-ship"): Row(SHOP, {}, ids={"order_id": "paid_id"}),
    # It is not shipped yet: users who may mark it as delivered get a 409.
    ("post", "order-deliver"): Row(SHOP, ids={"order_id": "paid_id"}, status=409),
    ("post", "refunds"): Row(SHOP, {}, ids={"order_id": "paid_id"}),
    # The caller is identified by the signature, which no user here can create.
    ("post", "payment-callback"): Row(frozenset(), {}, status=403),
    ("get", "webhooks"): Row(MEMBERS),
    ("post", "webhooks"): Row(SELLERS, {"url": "https://a.test/hook"}),
    ("get", "webhook"): Row(OWNER),
    ("patch", "webhook"): Row(OWNER, {"is_on": False}),
    ("delete", "webhook"): Row(OWNER),
    ("get", "webhook-deliveries"): Row(OWNER),
    ("post", "webhook-ping"): Row(OWNER),
    ("post", "webhook-secret"): Row(OWNER),
    ("get", "webhook-delivery"): Row(OWNER),
    ("post", "webhook-again"): Row(OWNER),
    ("post", "sign-up"): Row(EVERYBODY, {"email": "new@example.org", "password": "$password"}),
    ("post", "verify"): Row(EVERYBODY, {"token": "1.a-b"}, status=403),
    ("post", "log-in"): Row(EVERYBODY, {"email": "guest@example.org", "password": "$password"}),
    ("post", "refresh"): Row(EVERYBODY, {"refresh": "made-up"}, status=401),
    ("post", "log-out"): Row(EVERYBODY, {"refresh": "made-up"}),
    ("post", "reset"): Row(EVERYBODY, {"email": "guest@example.org"}),
    ("post", "reset-confirm"): Row(
        EVERYBODY, {"token": "1.a-b", "password": "$password"}, status=403
    ),
    ("post", "email-confirm"): Row(EVERYBODY, {"token": "1.a-b"}, status=403),
    ("post", "password"): Row(
        MEMBERS, {"current_password": "$password", "password": "$password again"}
    ),
    ("post", "email"): Row(MEMBERS, {"email": "new@example.org", "password": "$password"}),
    ("post", "second-factor"): Row(EVERYBODY, {"ticket": "made-up", "code": "123456"}, status=403),
    ("post", "exchange"): Row(
        EVERYBODY,
        {
            "code": "made-up",
            "code_verifier": VERIFIER,
            "redirect_uri": "http://127.0.0.1:5173/",
        },
        status=401,
    ),
    ("get", "mfa"): Row(MEMBERS),
    ("post", "mfa-begin"): Row(MEMBERS),
    ("post", "mfa-on"): Row(
        MEMBERS, {"setup": "made-up", "code": "123456", "password": "$password"}, status=403
    ),
    # No user here has one.
    ("post", "mfa-codes"): Row(MEMBERS, {"password": "$password", "code": "123456"}, status=409),
    ("post", "mfa-off"): Row(MEMBERS, {"password": "$password", "code": "123456"}, status=409),
    ("get", "me"): Row(MEMBERS),
    ("patch", "me"): Row(MEMBERS, {"name": "Changed"}),
    ("get", "export"): Row(MEMBERS),
    ("post", "delete"): Row(MEMBERS, {"password": "$password"}, hindered=UNDER_WAY),
}

# An unpublished object exists only for those who manage it.
HIDDEN_REST: dict[tuple[str, str], Row] = {
    ("get", "product"): Row(SELLER, ids={"product_id": "draft_id"}),
    ("patch", "product"): Row(SELLER, {"name": "Changed"}, ids={"product_id": "draft_id"}),
    ("delete", "product"): Row(SELLER, ids={"product_id": "draft_id"}),
    ("put", "price"): Row(SELLER, {"price": "1.00"}, ids={"product_id": "draft_id"}),
    ("post", "stock"): Row(SELLER, {"quantity": 1}, ids={"product_id": "draft_id"}),
    ("post", "images"): Row(SELLER, {"url": "https://a.test/x"}, ids={"product_id": "draft_id"}),
    ("get", "stay"): Row(HOST, ids={"listing_id": "hidden_id"}),
    ("get", "stay-calendar"): Row(HOST, query="month=$month", ids={"listing_id": "hidden_id"}),
    ("get", "stay-seasons"): Row(HOST, ids={"listing_id": "hidden_id"}),
    ("get", "stay-reviews"): Row(HOST, ids={"listing_id": "hidden_id"}),
    ("get", "stay-bookings"): Row(HOST, ids={"listing_id": "hidden_id"}),
    ("patch", "stay"): Row(HOST, {"title": "Changed"}, ids={"listing_id": "hidden_id"}),
    ("post", "stay-seasons"): Row(
        HOST,
        {"first_night": "$day", "nights": 1, "price_per_night": "5"},
        ids={"listing_id": "hidden_id"},
    ),
    # Not even its own host can book an unpublished listing.
    ("post", "stay-bookings"): Row(
        frozenset(),
        {"arrival": "$day", "nights": 2, "guests": 1},
        ids={"listing_id": "hidden_id"},
    ),
}

GRAPHQL: dict[str, Row] = {
    **{
        name: Row(EVERYBODY, f"{{ {name} {LIST} }}")
        for name in ("pages", "claims", "labs", "runs", "categories", "products", "listings")
    },
    "page": Row(EVERYBODY, '{ page(kind: CHALLENGES, slug: "n-plus-one") { title } }'),
    "search": Row(EVERYBODY, '{ search(q: "lock") { found } }'),
    "claim": Row(EVERYBODY, '{ claim(id: "$claim_id") { id } }'),
    "lab": Row(EVERYBODY, '{ lab(slug: "n-plus-one") { slug } }'),
    "run": Row(EVERYBODY, '{ run(id: "$run_id") { id } }'),
    "product": Row(EVERYBODY, "{ product(id: $product_id) { id } }"),
    "listing": Row(EVERYBODY, "{ listing(id: $listing_id) { id } }"),
    "stayCalendar": Row(
        EVERYBODY, '{ stayCalendar(listing: $listing_id, month: "$month") { month } }'
    ),
    "seasonPrices": Row(EVERYBODY, f"{{ seasonPrices(listing: $listing_id) {LIST} }}"),
    "reviews": Row(EVERYBODY, f"{{ reviews(listing: $listing_id) {LIST} }}"),
    "ownProducts": Row(MEMBERS, f"{{ ownProducts {LIST} }}"),
    "ownListings": Row(MEMBERS, f"{{ ownListings {LIST} }}"),
    "ownBookings": Row(MEMBERS, f"{{ ownBookings {LIST} }}"),
    "listingBookings": Row(HOST, f"{{ listingBookings(listing: $listing_id) {LIST} }}"),
    "booking": Row(BOOKER, "{ booking(id: $booking_id) { id } }"),
    "me": Row(MEMBERS, "{ me { email } }"),
    "startRun": Row(RUNNERS, 'mutation { startRun(lab: "n-plus-one", form: QUICK) { id } }'),
    "cancelRun": Row(RUNNERS, 'mutation { cancelRun(id: "$run_id") { id } }', status=409),
    "category": Row(EVERYBODY, '{ category(slug: "$category") { path } }'),
    "createCategory": Row(ADMIN, 'mutation { createCategory(slug: "new", name: "N") { path } }'),
    "updateCategory": Row(
        ADMIN, 'mutation { updateCategory(slug: "$category", name: "N") { path } }'
    ),
    "deleteCategory": Row(ADMIN, 'mutation { deleteCategory(slug: "$empty_shelf") }'),
    "createProduct": Row(
        SELLERS,
        'mutation { createProduct(sku: "N", name: "N", category: "kettles", price: "1") { id } }',
    ),
    "updateProduct": Row(
        SELLER, 'mutation { updateProduct(id: $product_id, version: $version, name: "N") { id } }'
    ),
    "setPrice": Row(SELLER, 'mutation { setPrice(id: $product_id, price: "1.00") { id } }'),
    "adjustStock": Row(SELLER, "mutation { adjustStock(id: $product_id, quantity: 1) { id } }"),
    "unpublishProduct": Row(SELLER, "mutation { unpublishProduct(id: $product_id) { id } }"),
    "addImage": Row(
        SELLER, 'mutation { addImage(id: $product_id, url: "https://a.test/x") { id } }'
    ),
    "removeImage": Row(
        SELLER, "mutation { removeImage(id: $product_id, imageId: $image_id) { id } }"
    ),
    "importProducts": Row(
        SELLERS,
        'mutation { importProducts(csv: "sku,name,category,price,currency\\nN,N,kettles,1,EUR") '
        "{ added } }",
    ),
    "createListing": Row(
        HOSTS,
        'mutation { createListing(title: "N", city: "N", country: "PT", latitude: "1", '
        'longitude: "1", capacity: 1, pricePerNight: "1") { id } }',
    ),
    "changeListing": Row(
        HOST, 'mutation { changeListing(id: $listing_id, version: 0, title: "N") { id } }'
    ),
    "setSeasonPrice": Row(
        HOST,
        'mutation { setSeasonPrice(listing: $listing_id, firstNight: "$day", nights: 1, '
        'pricePerNight: "5") { id } }',
    ),
    "removeSeasonPrice": Row(
        HOST, "mutation { removeSeasonPrice(listing: $listing_id, season: $season_id) { id } }"
    ),
    "book": Row(
        MEMBERS,
        'mutation { book(listing: $listing_id, arrival: "$day", nights: 2, guests: 1) { id } }',
    ),
    "cancelBooking": Row(BOOKER, "mutation { cancelBooking(id: $booking_id) { id } }"),
    "reviewStay": Row(GUEST, "mutation { reviewStay(booking: $ended_id, rating: 5) { id } }"),
    "cart": Row(MEMBERS, "{ cart { total } }"),
    "addToCart": Row(MEMBERS, "mutation { addToCart(product: $product_id) { total } }"),
    "setCartQuantity": Row(
        MEMBERS, "mutation { setCartQuantity(product: $product_id, quantity: 2) { total } }"
    ),
    "removeFromCart": Row(MEMBERS, "mutation { removeFromCart(product: $product_id) { total } }"),
    "clearCart": Row(MEMBERS, "mutation { clearCart { total } }"),
    "shippingQuotes": Row(MEMBERS, '{ shippingQuotes(country: "PT") { quotes { price } } }'),
    "placeOrder": Row(
        MEMBERS,
        'mutation { placeOrder(idempotencyKey: "$key", recipient: "A", street: "B", city: "C", '
        'country: "PT") { id } }',
    ),
    "ownOrders": Row(MEMBERS, f"{{ ownOrders {LIST} }}"),
    "managedOrders": Row(SHOP | {"merchant-2"}, f"{{ managedOrders {LIST} }}"),
    "order": Row(ORDER, "{ order(id: $order_id) { id } }"),
    "orderEvents": Row(ORDER, f"{{ orderEvents(order: $order_id) {LIST} }}"),
    "orderPayments": Row(ORDER, f"{{ orderPayments(order: $order_id) {LIST} }}"),
    "orderRefunds": Row(ORDER, f"{{ orderRefunds(order: $order_id) {LIST} }}"),
    "payment": Row(ORDER, "{ payment(id: $payment_id) { id } }"),
    "startPayment": Row(
        GUEST, 'mutation { startPayment(order: $order_id, idempotencyKey: "$key") { id } }'
    ),
    "cancelOrder": Row(ORDER, "mutation { cancelOrder(id: $order_id) { id } }"),
    "shipOrder": Row(SHOP, "mutation { shipOrder(id: $paid_id) { id } }"),
    "deliverOrder": Row(SHOP, "mutation { deliverOrder(id: $paid_id) { id } }", status=409),
    "refundOrder": Row(
        SHOP, 'mutation { refundOrder(order: $paid_id, idempotencyKey: "$key") { id } }'
    ),
    "webhooks": Row(MEMBERS, f"{{ webhooks {LIST} }}"),
    "webhook": Row(OWNER, "{ webhook(id: $webhook_id) { id } }"),
    "webhookDeliveries": Row(OWNER, f"{{ webhookDeliveries(webhook: $webhook_id) {LIST} }}"),
    "webhookDelivery": Row(OWNER, "{ webhookDelivery(id: $delivery_id) { id } }"),
    "registerWebhook": Row(
        SELLERS, 'mutation { registerWebhook(url: "https://a.test/hook") { secret } }'
    ),
    "changeWebhook": Row(OWNER, "mutation { changeWebhook(id: $webhook_id, isOn: false) { id } }"),
    "deleteWebhook": Row(OWNER, "mutation { deleteWebhook(id: $webhook_id) }"),
    "rotateWebhookSecret": Row(OWNER, "mutation { rotateWebhookSecret(id: $webhook_id) }"),
    "pingWebhook": Row(OWNER, "mutation { pingWebhook(id: $webhook_id) { id } }"),
    "deliverAgain": Row(OWNER, "mutation { deliverAgain(id: $delivery_id) { id } }"),
    "signUp": Row(EVERYBODY, 'mutation { signUp(email: "n@example.org", password: "$password") }'),
    "verifyEmail": Row(EVERYBODY, 'mutation { verifyEmail(token: "1.a-b") }', status=403),
    "logIn": Row(
        EVERYBODY,
        'mutation { logIn(email: "guest@example.org", password: "$password") { access } }',
    ),
    "refreshTokens": Row(
        EVERYBODY, 'mutation { refreshTokens(refresh: "made-up") { access } }', status=401
    ),
    "logInWithSecondFactor": Row(
        EVERYBODY,
        'mutation { logInWithSecondFactor(ticket: "made-up", code: "123456") { access } }',
        status=403,
    ),
    "exchangeCode": Row(
        EVERYBODY,
        f'mutation {{ exchangeCode(code: "made-up", codeVerifier: "{VERIFIER}", '
        'redirectUri: "http://127.0.0.1:5173/") { access } }',
        status=401,
    ),
    "secondFactor": Row(MEMBERS, "{ secondFactor { isOn } }"),
    "beginSecondFactor": Row(MEMBERS, "mutation { beginSecondFactor { setup } }"),
    "turnOnSecondFactor": Row(
        MEMBERS,
        'mutation { turnOnSecondFactor(setup: "made-up", code: "123456", '
        'password: "$password") { recoveryCodes } }',
        status=403,
    ),
    "renewRecoveryCodes": Row(
        MEMBERS,
        'mutation { renewRecoveryCodes(password: "$password", code: "123456") { recoveryCodes } }',
        status=409,
    ),
    "turnOffSecondFactor": Row(
        MEMBERS,
        'mutation { turnOffSecondFactor(password: "$password", code: "123456") }',
        status=409,
    ),
    "logOut": Row(EVERYBODY, 'mutation { logOut(refresh: "made-up") }'),
    "requestReset": Row(EVERYBODY, 'mutation { requestReset(email: "guest@example.org") }'),
    "resetPassword": Row(
        EVERYBODY, 'mutation { resetPassword(token: "1.a-b", password: "$password") }', status=403
    ),
    "confirmEmail": Row(EVERYBODY, 'mutation { confirmEmail(token: "1.a-b") }', status=403),
    "changePassword": Row(
        MEMBERS,
        'mutation { changePassword(currentPassword: "$password", password: "$password again") }',
    ),
    "changeEmail": Row(
        MEMBERS, 'mutation { changeEmail(email: "n@example.org", password: "$password") }'
    ),
    "updateProfile": Row(MEMBERS, 'mutation { updateProfile(name: "N") { name } }'),
    "deleteAccount": Row(
        MEMBERS, 'mutation { deleteAccount(password: "$password") }', hindered=UNDER_WAY
    ),
}

HIDDEN_GRAPHQL: dict[str, Row] = {
    "product": Row(SELLER, "{ product(id: $draft_id) { id } }"),
    "updateProduct": Row(
        SELLER, 'mutation { updateProduct(id: $draft_id, version: 0, name: "N") { id } }'
    ),
    "setPrice": Row(SELLER, 'mutation { setPrice(id: $draft_id, price: "1.00") { id } }'),
    "adjustStock": Row(SELLER, "mutation { adjustStock(id: $draft_id, quantity: 1) { id } }"),
    "listing": Row(HOST, "{ listing(id: $hidden_id) { id } }"),
    "stayCalendar": Row(HOST, '{ stayCalendar(listing: $hidden_id, month: "$month") { month } }'),
    "seasonPrices": Row(HOST, f"{{ seasonPrices(listing: $hidden_id) {LIST} }}"),
    "reviews": Row(HOST, f"{{ reviews(listing: $hidden_id) {LIST} }}"),
    "listingBookings": Row(HOST, f"{{ listingBookings(listing: $hidden_id) {LIST} }}"),
    "changeListing": Row(
        HOST, 'mutation { changeListing(id: $hidden_id, version: 0, title: "N") { id } }'
    ),
    "book": Row(
        frozenset(),
        'mutation { book(listing: $hidden_id, arrival: "$day", nights: 2, guests: 1) { id } }',
    ),
}
