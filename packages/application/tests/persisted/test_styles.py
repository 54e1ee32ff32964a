"""Objects that change while they lie in a file."""

from __future__ import annotations

import copyreg
import os
import pickle
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from twisted.logger import capturedLogs
from twisted.persisted import styles


class Base:
    def greet(self) -> str:
        return "base"

    @classmethod
    def make(cls) -> str:
        return cls.__name__


class Child(Base):
    def greet(self) -> str:
        return "child"


class Stranger:
    """Has no such method."""


class Namesake:
    def greet(self) -> str:
        return "namesake"


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    styles.oldModules.clear()
    styles.versionedsToUpgrade.clear()
    styles.upgraded.clear()


# Methods and modules


def test_a_method_is_pickled_by_its_name_its_object_and_its_class() -> None:
    one = Base()

    function, arguments = styles.pickleMethod(one.greet)

    assert function is styles.unpickleMethod
    assert arguments == ("greet", one, Base)
    assert pickle.loads(pickle.dumps(one.greet))() == "base"
    assert pickle.loads(pickle.dumps(Child.make))() == "Child"


def test_a_method_is_found_again() -> None:
    one = Child()

    assert styles.unpickleMethod("greet", one, Base)() == "child"
    assert styles.unpickleMethod("greet", one, Child).__self__ is one
    assert styles.unpickleMethod("greet", None, Base) is Base.greet
    assert styles.unpickleMethod("greet", Namesake(), Base)() == "namesake"


def test_an_object_of_another_class_without_the_method_gets_it() -> None:
    stranger = Stranger()

    found = styles.unpickleMethod("greet", stranger, Base)

    assert found() == "base"
    assert found.__self__ is stranger


def test_a_method_that_only_the_new_class_has_is_found() -> None:
    assert styles.unpickleMethod("greet", Namesake(), Stranger)() == "namesake"


def test_a_method_that_nobody_has_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        styles.unpickleMethod("missing", Base(), Base)
    with pytest.raises(AttributeError):
        styles.unpickleMethod("missing", Stranger(), Base)


def test_a_module_is_pickled_by_its_name_and_found_even_if_it_has_moved() -> None:
    assert styles.pickleModule(os) == (styles.unpickleModule, ("os",))
    assert pickle.loads(pickle.dumps(os.path)) is os.path
    styles.oldModules["once.os"] = "os"

    assert styles.unpickleModule("once.os") is os
    with pytest.raises(ModuleNotFoundError):
        styles.unpickleModule("never.was")


def test_pickle_knows_them() -> None:
    assert copyreg.dispatch_table[type(os)] is styles.pickleModule
    assert copyreg.dispatch_table[type(Base().greet)] is styles.pickleMethod


def test_files_in_memory_stand_where_they_stood() -> None:
    file = StringIO("abc")
    file.read(1)

    assert styles.pickleStringO(file) == (styles.unpickleStringO, ("abc", 1))
    assert styles.pickleStringI(file) == (styles.unpickleStringI, ("abc", 1))
    for made in (styles.unpickleStringO("abc", 1), styles.unpickleStringI("abc", 1)):
        assert made.read() == "bc"
        assert made.getvalue() == "abc"


# What does not last


class Socket(styles.Ephemeral):
    """Of no use in a file."""


def test_an_ephemeral_object_comes_back_empty() -> None:
    one = Socket()
    one.__dict__["descriptor"] = 5

    again = pickle.loads(pickle.dumps(one))

    assert type(again) is styles.Ephemeral
    assert vars(again) == {}
    assert one.__getstate__() is None


def test_a_state_makes_an_ephemeral_object_of_any() -> None:
    one = Socket()

    one.__setstate__({"descriptor": 5})

    assert type(one) is styles.Ephemeral
    assert vars(one) == {}


# Versions

NAME = f"{__name__}.Shop.persistenceVersion"


class Shop(styles.Versioned):
    persistenceVersion = 3
    persistenceForgets: tuple[str, ...] = ("cache",)
    steps: list[str] = []

    def upgradeToVersion1(self) -> None:
        self.steps.append("shop 1")

    def upgradeToVersion3(self) -> None:
        self.steps.append("shop 3")


class Bakery(Shop):
    persistenceVersion = 1
    persistenceForgets = ("oven", "never set")

    def upgradeToVersion1(self) -> None:
        self.steps.append("bakery 1")


class Corner(Shop):
    """Has no version of its own."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    monkeypatch.setattr(Shop, "steps", made)
    return made


def key(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}.persistenceVersion"


def restored(kind: type[Any], state: dict[str, Any]) -> Any:
    made = kind()
    made.__setstate__(state)
    return made


def test_the_state_has_the_versions_of_the_classes_and_lacks_what_is_to_be_forgotten() -> None:
    bakery = Bakery()
    bakery.__dict__.update(cache=1, oven=2, bread=3)

    assert bakery.__getstate__() == {"bread": 3, key(Shop): 3, key(Bakery): 1}
    assert Shop().__getstate__({"cache": 1, "milk": 2}) == {"milk": 2, key(Shop): 3}
    assert Corner().__getstate__() == {key(Shop): 3}
    assert vars(bakery) == {"cache": 1, "oven": 2, "bread": 3}


def test_only_upgrades_since_are_made_and_those_there_are(steps: list[str]) -> None:
    shop = restored(Shop, {"milk": 1, key(Shop): 1})

    styles.doUpgrade()

    assert steps == ["shop 3"]
    assert vars(shop) == {"milk": 1}
    assert (styles.versionedsToUpgrade, styles.upgraded) == ({}, {})


def test_a_state_without_version_is_the_oldest(steps: list[str]) -> None:
    restored(Shop, {})

    with capturedLogs() as events:
        styles.doUpgrade()

    assert steps == ["shop 1", "shop 3"]
    assert [(event["kind"], event["version"]) for event in events] == [("Shop", 1), ("Shop", 3)]


def test_what_is_up_to_date_is_left_alone(steps: list[str]) -> None:
    shop = restored(Shop, {key(Shop): 3})

    styles.doUpgrade()

    assert steps == []
    assert vars(shop) == {}


def test_base_classes_are_upgraded_first_and_each_class_once(steps: list[str]) -> None:
    restored(Bakery, {})
    styles.doUpgrade()
    assert steps == ["shop 1", "shop 3", "bakery 1"]

    steps.clear()
    restored(Corner, {})
    styles.doUpgrade()
    assert steps == ["shop 1", "shop 3"]


def test_a_pickle_makes_the_whole_round(steps: list[str]) -> None:
    shop = Shop()
    shop.__dict__.update(cache=1, milk=2)

    again = pickle.loads(pickle.dumps(shop))
    assert list(styles.versionedsToUpgrade.values()) == [again]
    styles.doUpgrade()

    assert vars(again) == {"milk": 2}
    assert steps == []


def test_an_upgrade_may_need_another_object_upgraded_before_its_turn(steps: list[str]) -> None:
    shop = restored(Shop, {key(Shop): 2})

    assert styles.requireUpgrade(shop) is shop
    assert steps == ["shop 3"]
    assert styles.upgraded == {id(shop): 1}
    assert styles.requireUpgrade(shop) is None
    assert styles.requireUpgrade(object()) is None

    styles.doUpgrade()
    assert steps == ["shop 3"]
    assert styles.upgraded == {}


def test_objects_that_come_during_an_upgrade_are_upgraded_too(steps: list[str]) -> None:
    class Chain(styles.Versioned):
        persistenceVersion = 1

        def upgradeToVersion1(self) -> None:
            restored(Shop, {key(Shop): 2})

    restored(Chain, {})

    styles.doUpgrade()

    assert steps == ["shop 3"]
