"""What systemd says in the environment."""

import os

import pytest

from twisted.python.systemd import ListenFDs

ME = str(os.getpid())


def test_descriptors_count_from_three_and_the_message_is_taken_out() -> None:
    environ = {"LISTEN_PID": ME, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", "HOME": "/"}

    found = ListenFDs.fromEnvironment(environ)

    assert found.inheritedDescriptors() == [3, 4] and found.inheritedNamedDescriptors() == {"a": 3, "b": 4}
    assert environ == {"HOME": "/"}


def test_another_start_and_the_real_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LISTEN_PID": ME, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x"}.items():
        monkeypatch.setenv(name, value)

    assert ListenFDs.fromEnvironment(start=10) == ListenFDs([10], ("x",))
    assert "LISTEN_PID" not in os.environ


@pytest.mark.parametrize(
    "changed",
    [
        {"LISTEN_PID": "1"},
        {"LISTEN_PID": "me"},
        {"LISTEN_FDS": "many"},
        {"LISTEN_FDS": "3"},
        {"LISTEN_FDNAMES": "only"},
        {"LISTEN_PID": None},
        {"LISTEN_FDS": None},
        {"LISTEN_FDNAMES": None},
    ],
)
def test_an_inconsistent_message_means_nothing(changed: dict[str, str | None]) -> None:
    said = {"LISTEN_PID": ME, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", **changed}

    assert ListenFDs.fromEnvironment({k: v for k, v in said.items() if v is not None}) == ListenFDs([], ())


def test_lists_handed_out_are_copies() -> None:
    given = [3]
    found = ListenFDs(given, ("n",))

    found.inheritedDescriptors().append(9)

    assert given == [3] and found != ListenFDs([4], ("n",)) and found != "else"
    assert repr(found) == "ListenFDs([3], ('n',))"
