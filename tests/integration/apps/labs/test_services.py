"""A run moves from queued to running to one end, whatever the order of events."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from nexus.apps.labs import queries, services
from nexus.apps.labs.errors import (
    LabNotFoundError,
    RunEndedError,
    RunNotAllowedError,
    RunNotFoundError,
)
from nexus.apps.labs.models import Run
from nexus.apps.labs.registry import lab_slugs
from nexus.apps.users.models import Role, User
from nexus.apps.users.services import ensure_owner

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def owner() -> User:
    return ensure_owner()


@pytest.fixture
def mentor() -> User:
    user = User.objects.create_user("mentor@example.org")
    user.roles.add(Role.objects.get(slug="mentor"))
    return user


def request(by: User, lab: str = "n-plus-one") -> Run:
    return services.request_run(lab=lab, by=by)


def document(verdict: str = "supported", claim: str = "n-plus-one.faster") -> dict[str, object]:
    return {
        "verdict": verdict,
        "environment": {},
        "expectations": [{"claim": claim, "verdict": verdict}],
    }


def test_request_run_queues_it_with_a_seed(owner: User) -> None:
    run = request(owner)
    assert (run.status, run.form, run.requested_by) == ("queued", "full", owner)
    assert 0 <= run.seed < 2**32


def test_request_run_keeps_a_given_seed(owner: User) -> None:
    assert services.request_run(lab="n-plus-one", by=owner, seed=0).seed == 0


def test_request_run_of_unknown_lab_names_those_there_are(owner: User) -> None:
    with pytest.raises(LabNotFoundError, match=f"Available labs: {', '.join(lab_slugs())}"):
        request(owner, "n-plus-two")


def test_request_run_by_stranger_is_refused() -> None:
    with pytest.raises(RunNotAllowedError, match="sign-in link"):
        services.request_run(lab="n-plus-one", by=AnonymousUser())


def test_request_run_by_learner_is_refused() -> None:
    learner = User.objects.create_user("learner@example.org")
    learner.roles.add(Role.objects.get(slug="learner"))
    with pytest.raises(RunNotAllowedError):
        request(learner)


def test_take_next_run_first_come_first_served(owner: User) -> None:
    first, second = request(owner), request(owner)
    taken = services.take_next_run()
    assert taken is not None
    assert (taken.pk, taken.status) == (first.pk, "running")
    assert queries.count_queued_before(second) == 1


def test_take_next_run_from_empty_queue() -> None:
    assert services.take_next_run() is None


def test_two_runs_cannot_be_running(owner: User) -> None:
    request(owner)
    request(owner)
    services.take_next_run()
    with pytest.raises(IntegrityError, match="labs_run_one_running"), transaction.atomic():
        services.take_next_run()


def test_finish_run_stores_document_and_samples(owner: User) -> None:
    run = request(owner)
    services.take_next_run()
    services.finish_run(run_id=run.pk, document=document(), samples="a,b\n1,2\n")
    ended = queries.get_run(run.pk)
    assert (ended.status, ended.verdict, ended.done) == ("done", "supported", 1.0)
    assert queries.samples_csv(ended) == "a,b\n1,2\n"
    assert queries.latest_run("n-plus-one") == ended


def test_latest_run_is_the_one_that_ended_last(owner: User) -> None:
    for verdict in ("supported", "refuted"):
        run = request(owner)
        services.take_next_run()
        services.finish_run(run_id=run.pk, document=document(verdict), samples="")
    standing = queries.claim_standings(["n-plus-one"])["n-plus-one.faster"]
    assert standing.expectation["verdict"] == "refuted"
    assert standing.run == run


def test_failed_run_leaves_the_last_verdict_standing(owner: User) -> None:
    done = request(owner)
    services.take_next_run()
    services.finish_run(run_id=done.pk, document=document(), samples="")
    failed = request(owner)
    services.take_next_run()
    services.fail_run(run_id=failed.pk, error="Broken.")
    assert queries.latest_run("n-plus-one") == done
    assert queries.get_run(failed.pk).error == "Broken."


def test_samples_of_run_without_any(owner: User) -> None:
    with pytest.raises(RunNotFoundError, match="has no samples"):
        queries.samples_csv(request(owner))


def test_note_progress_is_bounded_and_reports_a_cancellation(owner: User) -> None:
    run = request(owner)
    services.take_next_run()
    assert not services.note_progress(run_id=run.pk, step="x" * 400, done=1.7, remaining_s=None)
    assert (queries.get_run(run.pk).done, len(queries.get_run(run.pk).step)) == (1.0, 300)
    services.cancel_run(run_id=run.pk, by=owner)
    assert services.note_progress(run_id=run.pk, step="y", done=0.5, remaining_s=1)


def test_cancel_queued_run_ends_it_at_once(owner: User) -> None:
    run = services.cancel_run(run_id=request(owner).pk, by=owner)
    assert run.status == "cancelled"
    assert services.take_next_run() is None


def test_cancel_ended_run_is_refused(owner: User) -> None:
    run = services.cancel_run(run_id=request(owner).pk, by=owner)
    with pytest.raises(RunEndedError):
        services.cancel_run(run_id=run.pk, by=owner)


def test_cancel_unknown_run(owner: User) -> None:
    with pytest.raises(RunNotFoundError):
        services.cancel_run(run_id=UNKNOWN, by=owner)


def test_cancel_of_others_run_needs_the_right(owner: User, mentor: User) -> None:
    run = request(owner)
    with pytest.raises(RunNotAllowedError):
        services.cancel_run(run_id=run.pk, by=mentor)
    assert services.cancel_run(run_id=request(mentor).pk, by=owner).status == "cancelled"


def test_interrupted_runs_fail_with_a_sentence(owner: User) -> None:
    run = request(owner)
    services.take_next_run()
    assert services.fail_interrupted_runs() == 1
    ended = queries.get_run(run.pk)
    assert (ended.status, ended.error) == ("failed", services.INTERRUPTED)


def test_late_result_does_not_revive_an_ended_run(owner: User) -> None:
    run = request(owner)
    services.take_next_run()
    services.fail_interrupted_runs()
    services.end_cancelled(run_id=run.pk)
    assert queries.get_run(run.pk).status == "failed"
