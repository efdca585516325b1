"""What the home page tells of the write-ups behind Nexus, and where each thing stands here.

The letters A to E name the write-ups, as in `documentation/ledger.md`. README.md tells the same
facts; a test keeps both alike.
"""

from collections import Counter
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.library.queries import KIND_LABELS
from nexus.apps.library.reading.page import page_url
from nexus.web.pages.page_data import ClaimView, LabView, PageData, PageLink

__all__ = [
    "AREAS",
    "CHALLENGES",
    "FOLDERS",
    "UNWRITTEN",
    "Area",
    "Challenge",
    "ChallengeRow",
    "Folder",
    "Shelf",
    "Subject",
    "SubjectRow",
    "areas",
    "challenge_rows",
    "featured",
    "home",
    "shelves",
]


@dataclass(frozen=True)
class Challenge:
    """A challenge as the write-ups tell it, and the claim that comes nearest to what they tell."""

    slug: str
    problem: str
    solution: str
    result: str  # empty where none is told
    sources: str  # the letters of the write-ups
    claim: str

    @property
    def page_key(self) -> str:
        """The page about it, `kind/slug`."""
        return f"challenges/{self.slug}"


@dataclass(frozen=True)
class Subject:
    """A technology or a concept, and the pages that deal with it."""

    name: str
    page_keys: tuple[str, ...]


@dataclass(frozen=True)
class Area:
    """Subjects of one sort under one heading."""

    title: str
    subjects: tuple[Subject, ...]


@dataclass(frozen=True)
class Folder:
    """A folder or file of the write-ups, and what has its place here."""

    theirs: str
    ours: str
    holds: str
    sources: str
    built: bool = True


# The labs on the first screen: one counts and times, the other provokes a race.
FEATURED = ("n-plus-one", "overselling")

# In the order of the ledger, which numbers them.
CHALLENGES = (
    Challenge(
        "n-plus-one",
        "N+1 queries when related data is fetched",
        "eager loading with `select_related()` and `prefetch_related()`",
        "fewer queries, faster responses",
        "AE",
        "n-plus-one.faster",
    ),
    Challenge(
        "nested-serializers",
        "Nested serializers and complex API relationships",
        "custom serializers, querysets tuned with `select_related()`",
        "",
        "A",
        "nested-serializers.tuned",
    ),
    Challenge(
        "rest-and-graphql",
        "REST and GraphQL side by side",
        "`graphene-django` and schema composition",
        "",
        "A",
        "rest-and-graphql.same-answer",
    ),
    Challenge(
        "slow-responses",
        "Slow API responses",
        "caching layers, query tuning, pagination",
        "2.3 s → 180 ms on average",
        "D",
        "slow-responses.together",
    ),
    Challenge(
        "email-in-the-request",
        "E-mail that slows requests",
        "Celery workers send it",
        "requests stay fast",
        "B",
        "email-in-the-request.waiting",
    ),
    Challenge(
        "token-bucket",
        "API rate limiting",
        "a token bucket",
        "abuse prevented",
        "C",
        "token-bucket.bound",
    ),
    Challenge(
        "missing-index",
        "Database bottlenecks",
        "indexes, query optimisation",
        "slowness resolved",
        "AC",
        "missing-index.growth",
    ),
    Challenge(
        "horizontal-scaling",
        "Degradation under high load",
        "horizontal scaling, load balancers, sharding",
        "10× the concurrent users",
        "D",
        "horizontal-scaling.tenfold",
    ),
    Challenge(
        "overselling",
        "Races between the users of one system",
        "transactions, optimistic locking",
        "data corruption eliminated",
        "D",
        "overselling.optimistic",
    ),
    Challenge(
        "environment-parity",
        "Environments that differ",
        "Docker, configuration in the environment",
        "works on everyone's machine",
        "ABCE",
        "environment-parity.at-the-start",
    ),
    Challenge(
        "deployment-failures",
        "Deployments that fail",
        "Docker, CI/CD pipelines",
        "95 % succeed, in 70 % less time",
        "D",
        "deployment-failures.success",
    ),
    Challenge(
        "continuous-integration",
        "Tests and deployments by hand",
        "GitHub Actions and Jenkins",
        "",
        "A",
        "continuous-integration.catches",
    ),
    Challenge(
        "stale-caches",
        "Stale values in the cache",
        "a time to live, cache-aside, invalidation and refresh",
        "",
        "DE",
        "stale-caches.ttl",
    ),
    Challenge(
        "zero-downtime",
        "Downtime while deploying",
        "blue-green deployment",
        "no downtime",
        "D",
        "zero-downtime.blue-green",
    ),
    Challenge(
        "event-sourcing",
        "Audit trail and past states",
        "event sourcing",
        "states can be rebuilt",
        "D",
        "event-sourcing.rebuilt",
    ),
    Challenge(
        "read-replicas",
        "A database that is read too much",
        "read replicas, connection pooling, cache warming",
        "",
        "D",
        "read-replicas.own-write",
    ),
    Challenge(
        "trusted-documentation",
        "Documentation that frontends can trust",
        "Swagger/OpenAPI with interactive pages",
        "",
        "AB",
        "trusted-documentation.conformance",
    ),
    Challenge(
        "waiting-concurrently",
        "Work that mostly waits",
        "threads, processes, `async`/`await`, non-blocking I/O",
        "higher throughput",
        "ACDE",
        "waiting-concurrently.waiting",
    ),
    Challenge(
        "memory-and-garbage",
        "Memory use",
        "memory optimisation, tuning of the garbage collector",
        "",
        "D",
        "memory-and-garbage.threshold",
    ),
    Challenge(
        "breaking-points",
        "Where a service breaks, and how",
        "load and stress tests",
        "",
        "D",
        "breaking-points.knee",
    ),
)


AREAS = (
    Area(
        "Technologies",
        (
            Subject("Python", ("challenges/waiting-concurrently", "challenges/memory-and-garbage")),
            Subject("Django", ("concepts/orm-relations", "challenges/n-plus-one")),
            Subject("Django REST framework", ("challenges/nested-serializers",)),
            Subject("REST API design", ("concepts/api-versions",)),
            Subject("REST and GraphQL", ("challenges/rest-and-graphql",)),
            Subject("PostgreSQL", ("concepts/transactions", "challenges/missing-index")),
            Subject("Redis and Valkey", ("challenges/stale-caches", "challenges/token-bucket")),
            Subject("Celery", ("challenges/email-in-the-request",)),
            Subject("Docker", ("challenges/environment-parity", "challenges/deployment-failures")),
            Subject("GitHub Actions, Jenkins", ("challenges/continuous-integration",)),
            Subject("Swagger/OpenAPI", ("challenges/trusted-documentation",)),
        ),
    ),
    Area(
        "Concepts",
        (
            Subject("Loading related data", ("concepts/orm-relations", "resources/data-access")),
            Subject("Constraints, transactions, ACID", ("concepts/transactions",)),
            Subject(
                "Concurrent writes",
                ("concepts/locking", "challenges/overselling", "resources/concurrency-control"),
            ),
            Subject("Indexes and query plans", ("challenges/missing-index",)),
            Subject("Pagination", ("best-practices/pagination-depth",)),
            Subject("Caching", ("challenges/slow-responses", "challenges/stale-caches")),
            Subject("Asynchronous programming", ("challenges/waiting-concurrently",)),
            Subject("Task queues", ("challenges/email-in-the-request",)),
            Subject("Load balancing and sharding", ("challenges/horizontal-scaling",)),
            Subject("Pooling and read replicas", ("challenges/read-replicas",)),
            Subject("Event sourcing", ("challenges/event-sourcing",)),
            Subject(
                "Measuring and load tests", ("concepts/measuring", "challenges/breaking-points")
            ),
        ),
    ),
)

# What the write-ups name and no page deals with yet, in the words of the ledger.
UNWRITTEN = (
    "pytest",
    "SQL and NoSQL",
    "Memcached",
    "RabbitMQ",
    "Kubernetes",
    "Terraform, CloudFormation",
    "Prometheus, Grafana",
    "JWT, OAuth2",
    "Git workflows",
    "data modelling",
    "migrations",
    "event-driven architecture",
    "authentication, authorisation, RBAC",
    "microservices",
    "design patterns",
    "efficient algorithms",
)

FOLDERS = (
    Folder("concepts/", "library/concepts/", "what a thing is, and when to use it", "CD"),
    Folder("challenges/", "library/challenges/", "problems, remedies, claims and labs", "CD"),
    Folder(
        "best-practices/", "library/best_practices/", "what to do by default, with its lab", "CD"
    ),
    Folder("examples/", "library/implementations/", "small complete programs", "C", built=False),
    Folder("implementations/", "library/implementations/", "the same", "D", built=False),
    Folder("resources/", "library/resources/", "what to read, with a word on each", "D"),
    Folder("documentation/", "documentation/", "how Nexus is built, and why", "D"),
    Folder("core/", "nexus/config/", "the settings of the Django project", "B"),
    Folder("api/", "nexus/api/", "REST and GraphQL", "B"),
    Folder("products/", "nexus/apps/products/", "products and categories, which labs measure", "B"),
    Folder("users/", "nexus/apps/users/", "accounts, roles, tokens, mails", "B"),
    Folder("manage.py", "manage.py", "Django's commands", "B"),
    Folder(".env", ".env.example", "every setting; values never enter the repository", "B"),
    Folder("docker-compose.yml", "compose.yaml", "the services in containers", "B"),
)


@dataclass(frozen=True, kw_only=True)
class ChallengeRow:
    """A challenge with how its claim stands here; `url` is empty where its page is not loaded."""

    challenge: Challenge
    url: str
    claim: ClaimView
    lab: LabView | None


@dataclass(frozen=True, kw_only=True)
class SubjectRow:
    """A subject with links to its pages."""

    name: str
    pages: tuple[PageLink, ...]


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A kind of page, and how many there are."""

    kind: str
    label: str
    size: int


def challenge_rows(data: PageData) -> list[ChallengeRow]:
    """Give every challenge."""
    return [_row(data, challenge) for challenge in CHALLENGES]


def featured(rows: list[ChallengeRow]) -> list[ChallengeRow]:
    """Give those of the first screen, as far as this installation has their labs."""
    return [row for row in rows if row.lab and row.challenge.slug in FEATURED]


def areas(data: PageData) -> list[tuple[str, list[SubjectRow]]]:
    """Give the subjects of each area that lead to a page which is loaded."""
    return [
        (
            area.title,
            [
                SubjectRow(name=subject.name, pages=pages)
                for subject in area.subjects
                if (pages := _links(data, subject))
            ],
        )
        for area in AREAS
    ]


def shelves(data: PageData) -> list[Shelf]:
    """Give every kind of page, also those that have none yet."""
    sizes = Counter(page.kind for page in data.pages.values())
    return [Shelf(kind=kind, label=label, size=sizes[kind]) for kind, label in KIND_LABELS.items()]


def _row(data: PageData, challenge: Challenge) -> ChallengeRow:
    claim = data.claim(challenge.claim)
    return ChallengeRow(
        challenge=challenge,
        url=page_url(challenge.page_key) if challenge.page_key in data.pages else "",
        claim=claim,
        lab=data.lab(data.registered[claim.lab_slug]) if claim.lab_slug else None,
    )


def _links(data: PageData, subject: Subject) -> tuple[PageLink, ...]:
    return tuple(PageLink.to(data.pages[key]) for key in subject.page_keys if key in data.pages)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what Nexus is, the challenges with today's verdicts, and the way into the library."""
    data = PageData(request.user)
    rows = challenge_rows(data)
    kinds = shelves(data)
    context = {
        "featured": featured(rows),
        "rows": rows,
        "areas": areas(data),
        "unwritten": UNWRITTEN,
        "shelves": [shelf for shelf in kinds if shelf.size],
        "empty_shelves": [shelf.label.lower() for shelf in kinds if not shelf.size],
        "folders": FOLDERS,
    }
    return render(request, "home.html", context)
