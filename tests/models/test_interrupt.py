"""Ctrl-C as a request."""

import signal
import threading

import pytest

from shapecheck.models.interrupt import stop_on_ctrl_c


def test_the_first_ctrl_c_asks_and_the_second_interrupts():
    told = []
    with stop_on_ctrl_c(lambda: told.append("stopping")) as request:
        assert not request.is_made
        signal.raise_signal(signal.SIGINT)
        assert request.is_made
        assert told == ["stopping"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_ctrl_c_is_what_it_was():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), stop_on_ctrl_c(lambda: None):
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_nobody_can_ask():
    found = []

    def work():
        with stop_on_ctrl_c(lambda: None) as request:
            found.append(request.is_made)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
