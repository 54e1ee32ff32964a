"""Services and their trees: names, parents, starting all or none, stopping in reverse."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.application import service
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.persisted import sob


class Noted(service.Service):
    """Notes what is done to it."""

    def __init__(self, name: str, notes: list[str], fails: bool = False) -> None:
        self.setName(name)
        self.notes = notes
        self.fails = fails
        self.stopped: Deferred[None] | None = None

    def privilegedStartService(self) -> None:
        super().privilegedStartService()
        self.notes.append(f"bind {self.name}")

    def startService(self) -> None:
        if self.fails:
            raise RuntimeError(f"{self.name} cannot start")
        super().startService()
        self.notes.append(f"start {self.name}")

    def stopService(self) -> Any:
        super().stopService()
        self.notes.append(f"stop {self.name}")
        return self.stopped


def tree(*names: str, failing: str = "") -> tuple[service.MultiService, list[Noted], list[str]]:
    """A parent with children of these names, and the notes they take."""
    notes: list[str] = []
    parent = service.MultiService()
    children = [Noted(name, notes, name == failing) for name in names]
    for child in children:
        child.setServiceParent(parent)
    return parent, children, notes


def test_services_keep_their_interfaces_word() -> None:
    assert verifyObject(service.IService, service.Service())
    assert verifyObject(service.IService, service.MultiService())
    assert verifyObject(service.IServiceCollection, service.MultiService())
    assert verifyObject(service.IProcess, service.Process())


def test_a_service_runs_between_start_and_stop() -> None:
    one = service.Service()

    assert (one.running, one.name, one.parent) == (0, None, None)
    one.startService()
    assert one.running == 1
    assert one.stopService() is None
    assert one.running == 0


def test_children_start_in_order_and_stop_in_reverse() -> None:
    parent, _, notes = tree("a", "b")

    parent.privilegedStartService()
    parent.startService()
    assert notes == ["bind a", "bind b", "start a", "start b"]

    del notes[:]
    parent.stopService()
    assert notes == ["stop b", "stop a"]


def test_stopping_waits_for_every_child() -> None:
    parent, (first, second), _ = tree("a", "b")
    first.stopped = Deferred()
    second.stopped = Deferred()
    parent.startService()
    done: list[object] = []
    parent.stopService().addCallback(done.append)

    first.stopped.callback(None)
    assert done == []
    second.stopped.callback(None)
    assert len(done) == 1


def test_a_child_that_cannot_start_stops_those_before_it() -> None:
    parent, _, notes = tree("a", "b", "c", "d", failing="c")

    with pytest.raises(RuntimeError, match="c cannot start"):
        parent.startService()

    assert notes == ["start a", "start b", "stop b", "stop a"]
    assert not parent.running


def test_a_child_that_cannot_even_stop_again_is_logged() -> None:
    parent, (first, _), _ = tree("a", "b", failing="b")
    first.stopped = Deferred()
    first.stopped.errback(ZeroDivisionError())

    with capturedLogs() as events, pytest.raises(RuntimeError):
        parent.startService()

    (event,) = events
    assert event["log_failure"].check(ZeroDivisionError) and event["service"] is first


def test_a_child_that_comes_late_is_started() -> None:
    parent, _, notes = tree("a")
    parent.startService()
    del notes[:]

    late = Noted("late", notes)
    late.setServiceParent(parent)

    assert notes == ["bind late", "start late"]
    assert list(parent) == [*parent.services] and parent.getServiceNamed("late") is late


def test_a_child_that_leaves_is_stopped() -> None:
    parent, (child,), notes = tree("a")
    parent.startService()
    del notes[:]

    child.disownServiceParent()

    assert notes == ["stop a"]
    assert child.parent is None and list(parent) == []
    with pytest.raises(KeyError):
        parent.getServiceNamed("a")


def test_leaving_a_parent_that_does_not_run_stops_nothing() -> None:
    _, (child,), notes = tree("a")

    assert child.disownServiceParent() is None
    assert notes == []


def test_a_service_moves_from_one_parent_to_another() -> None:
    first, (child,), notes = tree("a")
    first.startService()
    second = service.MultiService()
    del notes[:]

    child.setServiceParent(second)

    assert notes == ["stop a"] and list(first) == [] and list(second) == [child]


def test_names_are_unique_and_fixed_once_there_is_a_parent() -> None:
    parent, (child,), notes = tree("a")

    with pytest.raises(RuntimeError, match="same name 'a'"):
        Noted("a", notes).setServiceParent(parent)
    with pytest.raises(RuntimeError, match="cannot change name"):
        child.setName("b")


def test_who_is_no_child_cannot_leave() -> None:
    parent, (child,), _ = tree("a")

    with pytest.raises(RuntimeError, match="no parent"):
        service.Service().disownServiceParent()
    with pytest.raises(ValueError, match="not a child"):
        parent.removeService(service.Service())
    assert list(parent) == [child]


def test_starting_ten_thousand_services_starts_each_once() -> None:
    parent, children, notes = tree(*map(str, range(10_000)))

    parent.startService()

    assert notes == [f"start {child.name}" for child in children]


def test_a_pickle_does_not_hold_whether_it_ran() -> None:
    one = service.Service()
    one.setName("a")
    one.startService()

    copy = pickle.loads(pickle.dumps(one))

    assert copy.running == 0 and copy.name == "a"


def test_an_application_is_everything_a_program_needs() -> None:
    application: Any = service.Application("shop", uid=1, gid=2)

    root = service.IService(application)
    assert isinstance(root, service.MultiService) and root.name == "shop"
    assert service.IServiceCollection(application) is root
    process = service.IProcess(application)
    assert (process.uid, process.gid, process.processName) == (1, 2, None)
    child = service.Service()
    child.setServiceParent(application)
    assert list(root) == [child] and child.parent is root


def test_an_application_can_be_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    application: Any = service.Application("shop")
    service.Service().setServiceParent(application)

    sob.IPersistable(application).save()
    sob.IPersistable(application).save(tag="old")
    sob.IPersistable(application).save(filename="named.tap")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["named.tap", "shop-old.tap", "shop.tap"]
    loaded = service.loadApplication("shop.tap", "pickle")
    assert len(list(service.IServiceCollection(loaded))) == 1


def test_an_application_can_be_written_in_python(tmp_path: Path) -> None:
    file = tmp_path / "shop.tac"
    file.write_text("where = __file__\napplication = ['an', 'application']\n")

    assert service.loadApplication(str(file), "python") == ["an", "application"]
    assert sob.loadValueFromFile(str(file), "where") == str(file)
    with pytest.raises(KeyError):
        sob.loadValueFromFile(str(file), "nothing")


@pytest.mark.parametrize(("name", "kind"), [("a.tac", "python"), ("a.py", "python"), ("a.tap", "pickle")])
def test_the_kind_of_a_file_is_told_by_its_ending(name: str, kind: str) -> None:
    assert sob.guessType(name) == kind


def test_what_cannot_be_done_is_said() -> None:
    persistent = sob.Persistent(object(), "x")

    with pytest.raises(KeyError):
        sob.guessType("a.txt")
    with pytest.raises(ValueError, match="'xml'"):
        persistent.setStyle("xml")
    with pytest.raises(TypeError, match="not encrypted"):
        persistent.save(passphrase="x")
    with pytest.raises(ValueError, match="'xml'"):
        sob.load("x", "xml")


def test_a_service_maker_imports_its_module_when_it_is_asked() -> None:
    maker = service.ServiceMaker("Long name", "packages_that_are_not_there", "about it", "short")

    assert (maker.name, maker.description, maker.tapname) == ("Long name", "about it", "short")
    with pytest.raises(Exception, match="packages_that_are_not_there"):
        maker.options  # noqa: B018  (asking is the point)
