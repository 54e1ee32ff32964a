"""
Functions that are called by filling in a form.

A `MethodSignature` lists the arguments; each `Argument` makes a value of what was entered, or raises `InputError`. How
the form looks is the business of others.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

__all__ = [
    "Argument",
    "Boolean",
    "CheckGroup",
    "Choice",
    "Date",
    "File",
    "Flags",
    "Float",
    "FormException",
    "FormMethod",
    "Hidden",
    "InputError",
    "Integer",
    "IntegerRange",
    "MethodSignature",
    "Password",
    "PresentationHint",
    "RadioGroup",
    "String",
    "Submit",
    "Text",
    "VerifiedPassword",
    "positiveInt",
]

# Values, defaults and hints are whatever the form's author chose: hence Any throughout.


class _Strippable(Protocol):
    def strip(self) -> Any: ...


class FormException(Exception):
    """
    Something is wrong with a form.

    Attributes:
        descriptions: What is wrong, by the names of arguments.
    """

    def __init__(self, *args: object, **kwargs: Any) -> None:
        super().__init__(*args)
        self.descriptions = kwargs


class InputError(FormException):
    """What was entered cannot be made a value."""


class Argument:
    """
    One thing to enter.

    Args:
        name: What the function calls it.
        default: What is there before anything is entered.
        shortDesc: Its label.
        longDesc: A sentence about it.
        hints: For whatever shows the form.
        allowNone: Whether nothing may be entered.
    """

    defaultDefault: Any = None

    def __init__(
        self,
        name: str,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        self.name = name
        self.allowNone = allowNone
        self.default = self.defaultDefault if default is None else default
        self.shortDesc = shortDesc
        self.longDesc = longDesc
        self.hints: dict[str, Any] = hints or {}

    def addHints(self, **kwargs: Any) -> None:
        """Add to the hints."""
        self.hints.update(kwargs)

    def getHint(self, name: str, default: Any = None) -> Any:
        """Give a hint, or *default* if there is none."""
        return self.hints.get(name, default)

    def getShortDescription(self) -> str:
        """Give the label: the name, if none was given."""
        return self.shortDesc or self.name.capitalize()

    def getLongDescription(self) -> str:
        """Give the sentence about it, or nothing."""
        return self.longDesc or ""

    def coerce(self, val: Any) -> Any:
        """
        Make a value of what was entered. For subclasses to write.

        Raises:
            InputError: It cannot be done.
        """
        raise NotImplementedError(f"{type(self).__name__} must define coerce()")


class String(Argument):
    """
    Text on one line.

    Args:
        min: How many characters at least.
        max: How many at most, or None.
    """

    defaultDefault: str = ""
    min = 0
    max: int | None = None

    def __init__(
        self,
        name: str,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
        min: int = 0,
        max: int | None = None,
    ) -> None:
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)
        self.min, self.max = min, max

    def coerce(self, val: Any) -> str:
        """Make text of it, of lawful length."""
        text = str(val)
        if len(text) < self.min:
            raise InputError(f"Value must be at least {self.min} characters long")
        if self.max is not None and len(text) > self.max:
            raise InputError(f"Value must be at most {self.max} characters long")
        return text


class Text(String):
    """Text on several lines."""


class Password(String):
    """Text that is not shown."""


class VerifiedPassword(String):
    """Text that is not shown, and is entered twice."""

    def coerce(self, vals: Sequence[Any]) -> str:
        """Take two equal texts, and give one."""
        if len(vals) != 2 or vals[0] != vals[1]:
            raise InputError("Please enter the same password twice.")
        return super().coerce(vals[0])


class Hidden(String):
    """Text that the form brings and nobody sees."""


class _Number(Argument):
    """A number. Fields of white space are empty."""

    defaultDefault: Any = None

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def _read(self, val: _Strippable, make: Callable[[Any], Any], complaint: str) -> Any:
        if not val.strip() and self.allowNone:
            return None
        try:
            return make(val)
        except ValueError:
            raise InputError(complaint.format(val)) from None


class Integer(_Number):
    """A whole number."""

    def coerce(self, val: Any) -> int | None:
        """Make a whole number of text."""
        number: int | None = self._read(val, int, "{} is not valid, please enter a whole number, e.g. 10")
        return number


class IntegerRange(Integer):
    """
    A whole number between bounds.

    Args:
        min: The least.
        max: The greatest.
    """

    def __init__(
        self,
        name: str,
        min: int,
        max: int,
        allowNone: int = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        self.min, self.max = min, max
        super().__init__(name, allowNone, default, shortDesc, longDesc, hints)

    def coerce(self, val: Any) -> int | None:
        """Make a whole number of text, and see that it is between the bounds."""
        number = super().coerce(val)
        if number is not None and number < self.min:
            raise InputError(f"Value {number} is too small, it should be at least {self.min}")
        if number is not None and number > self.max:
            raise InputError(f"Value {number} is too large, it should be at most {self.max}")
        return number


class Float(_Number):
    """A number."""

    def coerce(self, val: Any) -> float | None:
        """Make a number of text."""
        number: float | None = self._read(val, float, "Invalid float: {}")
        return number


class Choice(Argument):
    """
    One of several things.

    Args:
        choices: For each, what the form sends for it, its value, and a label.
        default: What the form sends for those that are chosen to begin with.
    """

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[Any, Any, str]] = (),
        default: Any = (),
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        self.choices = choices if choices else []
        if allowNone and not default:
            default = [choices[0][0]] if choices else []
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inIdent: Any) -> Any:
        """Give the value that was chosen."""
        for sent, value, _ in self.choices:
            # What a browser sends is text.
            if str(sent) == inIdent:
                return value
        raise InputError(f"Invalid Choice: {inIdent}")


class Flags(Argument):
    """
    Any of several things.

    Args:
        flags: For each, what the form sends for it, its value, and a label.
        default: What the form sends for those that are chosen to begin with.
    """

    def __init__(
        self,
        name: str,
        flags: Sequence[tuple[Any, Any, str]] = (),
        default: Any = (),
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        self.flags = flags
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inFlagKeys: Iterable[Any] | None) -> list[Any]:
        """Give the values that were chosen."""
        values = {str(sent): value for sent, value, _ in self.flags}
        chosen = []
        for key in inFlagKeys or ():
            if key not in values:
                raise InputError(f"Invalid Flag: {key}")
            chosen.append(values[key])
        return chosen


class CheckGroup(Flags):
    """Any of several things, with boxes to tick."""


class RadioGroup(Choice):
    """One of several things, with buttons to press."""


class File(Argument):
    """A file to send."""

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(name, None, shortDesc, longDesc, hints, allowNone=allowNone)

    def coerce(self, file: Any) -> Any:
        """Give the file."""
        if not file and self.allowNone:
            return None
        if file:
            return file
        raise InputError("Invalid File")


class Date(Argument):
    """A day: year, month and day of the month."""

    defaultDefault: Any = None

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone=allowNone)

    def coerce(self, args: Iterable[str]) -> tuple[int, int, int] | None:
        """Make three numbers of three texts, and see that there is such a day."""
        entered = tuple(args)
        if entered == ("", "", "") and self.allowNone:
            return None
        try:
            year, month, day = map(int, entered)
            if 1 <= day <= calendar.monthrange(year, month)[1]:
                return year, month, day
        except ValueError:
            pass
        raise InputError("Invalid date")


class Submit(Choice):
    """Buttons that send the form."""

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[Any, Any, str]] = (("Submit", "submit", "Submit form"),),
        reset: int = 0,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        allowNone: int = 0,
        hints: dict[str, Any] | None = None,
    ) -> None:
        choices = list(choices)
        super().__init__(name, choices, [choice[1] for choice in choices], shortDesc, longDesc, hints, allowNone)
        self.reset = reset

    def coerce(self, value: Any) -> Any:
        """Give the value of the button that was pressed."""
        if self.allowNone and not value:
            return None
        return super().coerce(value)


class PresentationHint:
    """A hint about how something is shown."""


class Boolean(Argument):
    """Yes or no."""

    def coerce(self, inVal: Any) -> int:
        """Give 0 for nothing, and for words that mean no; else 1."""
        return 0 if not inVal or str(inVal).lower() in ("0", "f", "false", "n", "no") else 1


class MethodSignature:
    """
    The arguments of a function.

    Args:
        sigList: The arguments, in their order.
    """

    def __init__(self, *sigList: Argument) -> None:
        self.methodSignature = sigList

    def getArgument(self, name: str) -> Argument | None:
        """Give the argument of that name, or None."""
        return next((argument for argument in self.methodSignature if argument.name == name), None)

    def method(self, callable: Callable[..., Any], takesRequest: bool = False) -> FormMethod:
        """Put it together with a function."""
        return FormMethod(self, callable, takesRequest)


class FormMethod:
    """
    A function and what it takes.

    Args:
        takesRequest: Whether it wants to see the request too, as an argument named ``request``.
    """

    def __init__(self, signature: MethodSignature, callable: Callable[..., Any], takesRequest: bool = False) -> None:
        self.signature = signature
        self.callable = callable
        self.takesRequest = takesRequest

    def getArgs(self) -> tuple[Argument, ...]:
        """Give the arguments."""
        return tuple(self.signature.methodSignature)

    def call(self, *args: Any, **kw: Any) -> Any:
        """Call the function."""
        return self.callable(*args, **kw)


def positiveInt(x: Any) -> int:
    """
    Make a whole number above zero.

    Raises:
        ValueError: It is none.
    """
    number = int(x)
    if number <= 0:
        raise ValueError(f"{number} is not above zero")
    return number
