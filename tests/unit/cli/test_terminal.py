"""Ctrl-C reaches a command even if Python drops its exception."""

import os
import signal
from collections.abc import Iterator

import pytest

from nexus.cli.terminal import check_interrupted, faults_as_sentences, forget_interrupt


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    handlers = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in handlers:
        signal.signal(number, handler)
    forget_interrupt()


class SignalsWhileItIsDeleted:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_signal_in_a_callback_that_drops_exceptions_is_raised_by_the_next_check() -> None:
    def command() -> None:
        with faults_as_sentences():
            # Its exception is dropped, as Python does in every destructor.
            SignalsWhileItIsDeleted()
            check_interrupted()

    with pytest.raises(SystemExit) as ended:
        command()
    assert ended.value.code == 130


def test_handled_interrupt_is_not_raised_again() -> None:
    with faults_as_sentences():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            check_interrupted()
        except KeyboardInterrupt:
            forget_interrupt()
        check_interrupted()
