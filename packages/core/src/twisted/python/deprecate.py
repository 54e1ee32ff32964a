"""
Saying that something is on its way out, and what to use instead.

A warning points at whoever called; what is deprecated says so in its docstring as well.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from warnings import warn, warn_explicit

if TYPE_CHECKING:
    from incremental import Version
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

_R = TypeVar("_R")
_Tc = TypeVar("_Tc", bound=Callable[..., Any])

__all__ = [
    "DEPRECATION_WARNING_FORMAT",
    "deprecated",
    "deprecatedKeywordParameter",
    "deprecatedModuleAttribute",
    "deprecatedProperty",
    "getDeprecationWarningString",
    "getWarningMethod",
    "setWarningMethod",
    "warnAboutFunction",
]

DEPRECATION_WARNING_FORMAT = "%(fqpn)s was deprecated in %(version)s"


def getWarningMethod() -> Callable[..., None]:
    """Give what is called with each warning: `warnings.warn`, or what `setWarningMethod` was called with."""
    return warn


def setWarningMethod(newMethod: Callable[..., None] | None) -> None:
    """Have something else called with each warning: it takes what `warnings.warn` does. `None` undoes that."""
    global warn
    warn = warnings.warn if newMethod is None else newMethod


def _version_text(version: Version) -> str:
    from incremental import getVersionString

    return str(getVersionString(version))


def _replacement_text(replacement: str | Callable[..., object] | None) -> str:
    """``please use x instead``, or nothing."""
    if replacement is None:
        return ""
    if not isinstance(replacement, str):
        from twisted.python.reflect import fullyQualifiedName

        replacement = fullyQualifiedName(replacement)
    return f"please use {replacement} instead"


def getDeprecationWarningString(
    callableThing: Callable[..., object],
    version: Version,
    format: str | None = None,
    replacement: str | Callable[..., object] | None = None,
) -> str:
    """
    Put into words that something is deprecated.

    Args:
        callableThing: What it is.
        version: Since when.
        format: A text with ``%(fqpn)s`` and ``%(version)s``.
        replacement: What to use instead, or its name.
    """
    from twisted.python.reflect import fullyQualifiedName

    return _in_words(fullyQualifiedName(callableThing), version, format, replacement)


def _in_words(name: str, version: Version, format: str | None, replacement: Any) -> str:
    told = (format or DEPRECATION_WARNING_FORMAT) % {"fqpn": name, "version": _version_text(version)}
    advice = _replacement_text(replacement)
    return f"{told}; {advice}" if advice else told


def _add_to_docstring(thing: Any, note: str) -> None:
    """Add a paragraph to a docstring, whose lines then begin where its first one does."""
    first, *rest = (thing.__doc__ or "").expandtabs().splitlines() or [""]
    if not first and not rest:
        thing.__doc__ = note
        return
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    lines = [first, *(line[margin:].rstrip() for line in rest)]
    while not lines[-1]:
        lines.pop()
    thing.__doc__ = "\n".join([*lines, "", note, ""])


def deprecated(
    version: Version, replacement: str | Callable[..., object] | None = None
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """
    Mark a function, method or class as deprecated: it warns when it is called.

    Args:
        version: Since when.
        replacement: What to use instead, or its name.
    """

    def mark(function: Callable[_P, _R]) -> Callable[_P, _R]:
        told = getDeprecationWarningString(function, version, None, replacement)

        @wraps(function)
        def warning(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            getWarningMethod()(told, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        _note(warning, version, replacement)
        # Tools ask for these.
        warning.deprecatedVersion = version  # type: ignore[attr-defined]
        return warning

    return mark


def _note(thing: Any, version: Version, replacement: Any) -> None:
    advice = _replacement_text(replacement)
    note = f"Deprecated in {_version_text(version)}"
    note += f"; {advice}." if advice else "."
    _add_to_docstring(thing, note)


class _DeprecatedProperty(property):
    """A property that can say that its setter is deprecated too."""

    def setter(self, function: Callable[[Any, Any], None]) -> property:
        """Like `property.setter`; setting warns too."""
        told = self.told

        @wraps(function)
        def warning(instance: Any, value: Any) -> None:
            getWarningMethod()(told, DeprecationWarning, stacklevel=2)
            function(instance, value)

        return type(self).telling(told, self.fget, warning, self.fdel)

    told = ""

    @classmethod
    def telling(cls, told: str, getter: Any, *others: Any) -> _DeprecatedProperty:
        """Make one, with the docstring of its getter and not of this class."""
        made = cls(getter, *others)
        made.told = told
        made.__doc__ = getter.__doc__
        return made


def deprecatedProperty(version: Version, replacement: str | Callable[..., object] | None = None) -> Any:
    """
    Make a property of a method that warns when it is asked for; used as a decorator.

    Args:
        version: Since when.
        replacement: What to use instead, or its name.
    """

    def mark(function: Callable[[Any], Any]) -> property:
        told = getDeprecationWarningString(function, version, None, replacement)

        @wraps(function)
        def warning(instance: Any) -> Any:
            getWarningMethod()(told, DeprecationWarning, stacklevel=2)
            return function(instance)

        _note(warning, version, replacement)
        return _DeprecatedProperty.telling(told, warning)

    return mark


class _DeprecatingModule(ModuleType):
    """A module some of whose attributes warn when they are asked for."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        told = super().__getattribute__("__dict__").get("_deprecated_attributes")
        if told is not None and name in told:
            getWarningMethod()(told[name], DeprecationWarning, stacklevel=2)
        return value


def deprecatedModuleAttribute(version: Version, message: str, moduleName: str, name: str) -> None:
    """
    Mark a module's attribute as deprecated: asking for it warns.

    Args:
        version: Since when.
        message: What to do instead, as a sentence.
        moduleName: The module's name; it is loaded, or being loaded.
        name: The attribute's name.
    """
    module = sys.modules[moduleName]
    marked: dict[str, str] = vars(module).setdefault("_deprecated_attributes", {})
    marked[name] = f"{moduleName}.{name} was deprecated in {_version_text(version)}: {message}"
    if not isinstance(module, _DeprecatingModule):
        module.__class__ = _DeprecatingModule


def deprecatedKeywordParameter(version: Version, name: str, replacement: str | None = None) -> Callable[[_Tc], _Tc]:
    """
    Mark a parameter as deprecated: passing it warns.

    Args:
        version: Since when.
        name: The parameter's name.
        replacement: What to use instead.
    """

    def mark(function: _Tc) -> _Tc:
        from inspect import signature

        from twisted.python.reflect import fullyQualifiedName

        advice = _replacement_text(replacement)
        since = _version_text(version)
        whose = fullyQualifiedName(function)
        told = f"The {name!r} parameter to {whose} was deprecated in {since}" + (f"; {advice}" if advice else "")
        parameters = list(signature(function).parameters)
        # It may be passed by its place too, if it has one.
        place = parameters.index(name) if name in parameters else len(parameters)

        @wraps(function)
        def warning(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs or len(args) > place:
                getWarningMethod()(told, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        note = f"The {name!r} parameter was deprecated in {since}" + (f"; {advice}." if advice else ".")
        _add_to_docstring(warning, note)
        return warning  # type: ignore[return-value]

    return mark


def warnAboutFunction(offender: Callable[..., object], warningString: str) -> None:
    """
    Warn at the place where a function was defined, rather than where it was called: for callbacks, say.

    Args:
        offender: The function.
        warningString: The warning.
    """
    from dis import findlinestarts

    code = offender.__code__
    last = max((line for _, line in findlinestarts(code) if line is not None), default=code.co_firstlineno)
    module = sys.modules.get(offender.__module__)
    warn_explicit(
        warningString,
        category=DeprecationWarning,
        filename=getattr(module, "__file__", None) or code.co_filename,
        lineno=last,
        module=offender.__module__,
        registry=offender.__globals__.setdefault("__warningregistry__", {}),
        module_globals=None,
    )
