"""deprecate: warnings that point at the caller, and docstrings that say so."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from twisted.python import deprecate
from twisted.python.versions import Version

SINCE = Version("Shop", 1, 2, 3)


@deprecate.deprecated(SINCE, "shop.sell")
def vend(price: int) -> int:
    """Sell something."""
    return price


@deprecate.deprecated(SINCE, sorted)
def order(items: list[int]) -> list[int]:
    """
    Put things in order.

        for example this
    """
    return sorted(items)


@deprecate.deprecated(SINCE)
def silent() -> None: ...


class Shop:
    @deprecate.deprecatedProperty(SINCE, "Shop.opens")
    def hours(self) -> int:
        """When it opens."""
        return 9

    @hours.setter  # type: ignore[no-redef]
    def hours(self, value: int) -> None:
        self.set = value

    @deprecate.deprecatedProperty(SINCE)  # type: ignore[untyped-decorator]
    def owner(self) -> str:
        return "me"


@deprecate.deprecatedKeywordParameter(SINCE, "colour", "use paint")
def build(size: int, colour: str | None = None) -> tuple[int, str | None]:
    """Build something."""
    return size, colour


def test_calling_warns_at_the_caller_and_works_all_the_same() -> None:
    with pytest.warns(DeprecationWarning) as seen:
        assert vend(5) == 5

    assert [str(one.message) for one in seen] == [
        f"{__name__}.vend was deprecated in Shop 1.2.3; please use shop.sell instead"
    ]
    assert seen[0].filename == __file__
    assert vend.__name__ == "vend" and vend.deprecatedVersion is SINCE  # type: ignore[attr-defined]


def test_a_replacement_may_be_the_thing_itself() -> None:
    with pytest.warns(DeprecationWarning, match="please use sorted instead"):
        order([2, 1])


def test_docstrings_say_so_too() -> None:
    assert vend.__doc__ == "Sell something.\n\nDeprecated in Shop 1.2.3; please use shop.sell instead.\n"
    assert order.__doc__ == (
        "\nPut things in order.\n\n    for example this\n\nDeprecated in Shop 1.2.3; please use sorted instead.\n"
    )
    assert silent.__doc__ == "Deprecated in Shop 1.2.3."
    assert build.__doc__ == (
        "Build something.\n\nThe 'colour' parameter was deprecated in Shop 1.2.3; please use use paint instead.\n"
    )
    assert Shop.hours.__doc__ == "When it opens.\n\nDeprecated in Shop 1.2.3; please use Shop.opens instead.\n"
    assert Shop.owner.__doc__ == "Deprecated in Shop 1.2.3."


def test_properties_warn_when_they_are_read_and_set() -> None:
    shop: Any = Shop()

    with pytest.warns(DeprecationWarning, match="Shop.hours was deprecated") as seen:
        assert shop.hours == 9
    with pytest.warns(DeprecationWarning, match="Shop.hours was deprecated") as seen_again:
        shop.hours = 10
    assert shop.set == 10
    assert seen[0].filename == seen_again[0].filename == __file__
    with pytest.raises(AttributeError):
        shop.owner = "you"


@pytest.mark.parametrize(("args", "kwargs"), [((1, "red"), {}), ((1,), {"colour": "red"})])
def test_a_parameter_warns_however_it_is_passed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.warns(DeprecationWarning, match=r"The 'colour' parameter to .*build was deprecated in Shop 1\.2\.3"):
        assert build(*args, **kwargs) == (1, "red")


def test_a_parameter_that_is_not_passed_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert build(1) == (1, None)


def test_a_modules_attribute_warns_each_time_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("old_shop")
    module.first, module.second, module.kept = 1, 2, 3
    monkeypatch.setitem(sys.modules, "old_shop", module)

    deprecate.deprecatedModuleAttribute(SINCE, "Use new_shop.", "old_shop", "first")
    deprecate.deprecatedModuleAttribute(SINCE, "Use new_shop.", "old_shop", "second")

    with pytest.warns(DeprecationWarning) as seen:
        assert (module.first, module.second, module.kept) == (1, 2, 3)
    assert [str(one.message) for one in seen] == [
        "old_shop.first was deprecated in Shop 1.2.3: Use new_shop.",
        "old_shop.second was deprecated in Shop 1.2.3: Use new_shop.",
    ]
    assert seen[0].filename == __file__


def test_the_words_can_be_chosen() -> None:
    assert deprecate.getDeprecationWarningString(Shop, SINCE) == f"{__name__}.Shop was deprecated in Shop 1.2.3"
    assert (
        deprecate.getDeprecationWarningString(Shop, SINCE, "%(fqpn)s is old since %(version)s", "x")
        == f"{__name__}.Shop is old since Shop 1.2.3; please use x instead"
    )


def test_warnings_can_be_sent_elsewhere() -> None:
    sent: list[Any] = []
    assert deprecate.getWarningMethod() is warnings.warn
    deprecate.setWarningMethod(lambda *args, **kwargs: sent.append((args, kwargs)))
    try:
        vend(1)
    finally:
        deprecate.setWarningMethod(None)

    (((message, category), options),) = sent
    assert "vend" in message and category is DeprecationWarning and options == {"stacklevel": 2}
    assert deprecate.getWarningMethod() is warnings.warn


def test_a_function_can_be_warned_about_where_it_is_defined() -> None:
    with pytest.warns(DeprecationWarning, match="too many arguments") as seen:
        deprecate.warnAboutFunction(test_the_words_can_be_chosen, "too many arguments")

    assert seen[0].filename == __file__
    first = test_the_words_can_be_chosen.__code__.co_firstlineno
    assert first < seen[0].lineno < first + 10


def test_a_warning_can_be_caught_where_it_is_given() -> None:
    @deprecate.deprecated(SINCE)
    def old() -> None: ...

    with mock.patch("twisted.python.deprecate.warn") as warn:
        old()

    ((told, category), keywords) = warn.call_args
    assert (told.endswith("old was deprecated in Shop 1.2.3"), category) == (True, DeprecationWarning)
    assert keywords == {"stacklevel": 2}


def test_a_parameters_warning_names_the_line_that_passes_it() -> None:
    @deprecate.deprecatedKeywordParameter(Version("Shop", 1, 2, 3), "old", "new")
    def sell(new: int = 0, old: int = 0) -> tuple[int, int]:
        return new, old

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert sell(old=1) == (0, 1)
        line = sys._getframe().f_lineno - 1
        assert sell(1) == (1, 0)

    (one,) = seen
    assert (one.filename, one.lineno, one.category) == (__file__, line, DeprecationWarning)
    assert str(one.message).endswith("was deprecated in Shop 1.2.3; please use new instead")


@pytest.mark.parametrize("file", [None, "/elsewhere/shop.py"])
def test_a_function_is_warned_about_in_its_modules_file_or_else_in_its_codes(
    file: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offender() -> None: ...

    offender.__module__ = "some_shop"
    module = ModuleType("some_shop")
    if file is not None:
        module.__file__ = file
        monkeypatch.setitem(sys.modules, "some_shop", module)

    with pytest.warns(DeprecationWarning, match="late") as seen:
        deprecate.warnAboutFunction(offender, "late")

    assert seen[0].filename == (file or __file__)
