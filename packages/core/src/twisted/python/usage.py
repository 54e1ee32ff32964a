"""
Options of a command line.

A program describes what it takes in a subclass of `Options`: flags and parameters in tables, whatever needs thought in
methods named ``opt_...``, and commands within the command as further `Options`. An instance is a dictionary of what was
said::

    class Serve(usage.Options):
        optFlags = [["verbose", "v", "Say what is going on."]]
        optParameters = [["port", "p", 8080, "Where to listen.", usage.portCoerce]]

        def parseArgs(self, folder):
            self["folder"] = folder

    options = Serve()
    options.parseOptions()
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from twisted.python import reflect
from twisted.python._facade import publish
from twisted.python._usage.completing import (
    CompleteDirs,
    CompleteFiles,
    CompleteGroups,
    CompleteHostnames,
    CompleteList,
    CompleteMultiList,
    CompleteNetInterfaces,
    Completer,
    CompleteUserAtHost,
    CompleteUsernames,
    Completions,
    zsh_script,
)
from twisted.python.util import padTo

__all__ = [
    "CoerceParameter",
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
    "Options",
    "UsageError",
    "docMakeChunks",
    "error",
    "flagFunction",
    "portCoerce",
]
publish(__name__, [name for name in __all__ if name.startswith("Complet")])


class UsageError(Exception):
    """What was said on the command line makes no sense. Programs show its text, and how they want to be called."""


error = UsageError


class CoerceParameter:
    """
    Takes the value of a parameter, makes it what it should be, and stores it in an `Options`.

    Args:
        options: Where to store it.
        coerce: Called with the text, to make a value of it, or to raise `ValueError`. Its attribute ``coerceDoc``, if
            there is one, is added to the parameter's documentation.
    """

    def __init__(self, options: Options, coerce: Callable[[str], Any] | None) -> None:  # Any: a value of any type
        self.options = options
        self.coerce = coerce
        self.doc = getattr(coerce, "coerceDoc", "")

    def dispatch(self, parameterName: str, value: str | None) -> None:
        """
        Store a value.

        Raises:
            UsageError: It cannot be made what it should be.
        """
        if value is None:
            raise UsageError(f"Parameter '{parameterName}' requires an argument.")
        try:
            made = value if self.coerce is None else self.coerce(value)
        except ValueError as reason:
            raise UsageError(f"Parameter type enforcement failed: {reason}") from reason
        self.options.opts[parameterName] = made


class Options(dict[str, Any]):  # Any: values of every type, as the options make them
    """
    What a command line says, and how to read it.

    Subclasses set what they need. Tables of base classes count too.

    - ``optFlags``: rows of a long name, a short one (or None), and words about it. A flag is 0, or 1 if it was given.
    - ``optParameters``: rows of a long name, a short one, a default, words about it, and a function that makes a value
      of the text.
    - ``opt_NAME`` methods, called for the option ``--NAME`` as it is met. One that takes an argument makes the option
      take one. Underscores stand for dashes.
    - ``subCommands``: rows of a name, a short one, an `Options` class, and words about it. What follows the name is
      parsed by an instance of that class, which becomes ``subOptions``; ``subCommand`` is the name.
    - ``defaultSubCommand``: the one that is meant if none is named.
    - ``synopsis``, ``longdesc``: what to show before and after the list of options.
    - ``compData``: a `Completions`, for shells.

    Attributes:
        parent: The options of the command that this is a command within.
        subCommand: The command within this one that was named.
        subOptions: Its options.
        defaults: The values that options have if they are not given.
        opts: This dictionary.
    """

    subCommand: str | None = None
    defaultSubCommand: str | None = None
    parent: Options | None = None
    completionData: Completions | None = None
    subOptions: Options

    def __init__(self) -> None:
        super().__init__()
        self.opts = self
        self.defaults: dict[str, Any] = {}  # Any: as of the dictionary
        self.longOpt: list[str] = []
        self.shortOpt = ""
        self.docs: dict[str, str | None] = {}
        self.synonyms: dict[str, str] = {}
        self._dispatch: dict[str, Callable[[str, str], object]] = {}
        self._add_flags()
        self._add_parameters()
        self._add_methods()

    # Options are objects with a state, whatever is in them.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def _table(self, name: str) -> list[Sequence[Any]]:
        rows: list[Sequence[Any]] = []
        reflect.accumulateClassList(type(self), name, rows)
        return rows

    def _add(
        self, long: str, short: str | None, doc: str | None, takes_value: bool, call: Callable[[str, str], object]
    ) -> None:
        self.docs[long] = doc
        self.longOpt.append(f"{long}=" if takes_value else long)
        if short:
            self.shortOpt += f"{short}:" if takes_value else short
        for name in (long, short):
            if name:
                self.synonyms[name] = long
        self._dispatch[long] = call

    def _raise_flag(self, name: str, value: str) -> None:
        if value:
            raise UsageError(f"Flag '{name}' takes no argument. Not even \"{value}\".")
        self.opts[name] = 1

    def _add_flags(self) -> None:
        for row in self._table("optFlags"):
            long, short, doc = padTo(3, row)
            if not long:
                raise ValueError(f"A flag cannot be without a name: {row!r}")
            self._add(long, short, doc, False, self._raise_flag)
            self.defaults[long] = self[long] = 0

    def _add_parameters(self) -> None:
        for row in self._table("optParameters"):
            long, short, default, doc, coerce = padTo(5, row)
            if not long:
                raise ValueError(f"A parameter cannot be without a name: {row!r}")
            self._add(long, short, doc, True, CoerceParameter(self, coerce).dispatch)
            self.defaults[long] = self[long] = default

    def _add_methods(self) -> None:
        names: dict[str, int] = {}
        reflect.addMethodNamesToDict(type(self), names, "opt_")
        # A method may have several names; the longest is the one to show, the others are short for it.
        methods: dict[Any, list[str]] = {}  # Any: functions
        for name in names:
            method = getattr(self, f"opt_{name}")
            methods.setdefault(getattr(method, "__func__", method), []).append(name)
        for aliases in methods.values():
            main = max(aliases, key=len).replace("_", "-")
            for alias in aliases:
                method = getattr(self, f"opt_{alias}")
                flag = flagFunction(method, alias)
                name = alias.replace("_", "-")
                self.docs[name] = getattr(method, "__doc__", None)
                if len(name) == 1:
                    self.shortOpt += name if flag else f"{name}:"
                else:
                    # A method goes before a row of the same name.
                    self.longOpt = [known for known in self.longOpt if known.rstrip("=") != name]
                    self.longOpt.append(name if flag else f"{name}=")
                self.synonyms[name] = main
                self._dispatch[name] = _caller(method, flag)

    def opt_version(self) -> None:
        """
        Display Twisted version and exit.
        """
        from twisted import copyright

        print("Twisted version:", copyright.version)
        sys.exit(0)

    def opt_help(self) -> None:
        """
        Display this help and exit.
        """
        print(self)
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Read a command line.

        Args:
            options: Its words, without the name of the program; ``sys.argv[1:]`` if not given.

        Raises:
            UsageError: It makes no sense.
        """
        from getopt import GetoptError, getopt

        words = sys.argv[1:] if options is None else list(options)
        # How the script that a shell runs for completion asks.
        if words[-2:-1] == ["--_shell-completion"]:
            self._tell_shell(words)

        try:
            given, rest = getopt(words, self.shortOpt, self.longOpt)
        except GetoptError as reason:
            raise UsageError(str(reason)) from None
        for option, value in given:
            name = self.synonyms[option[2:] if option.startswith("--") else option[1:]]
            self._dispatch[name](name, value)

        commands = getattr(self, "subCommands", None)
        if commands and (rest or self.defaultSubCommand is not None):
            wanted, *rest = rest or [str(self.defaultSubCommand)]
            for name, short, make, _ in commands:
                if wanted in (name, short):
                    self.subCommand = name
                    self.subOptions = make()
                    self.subOptions.parent = self
                    self.subOptions.parseOptions(rest)
                    break
            else:
                raise UsageError(f"Unknown command: {wanted}")
        else:
            from inspect import signature

            try:
                signature(self.parseArgs).bind(*rest)
            except TypeError:
                raise UsageError("Wrong number of arguments.") from None
            self.parseArgs(*rest)
        self.postOptions()

    def _tell_shell(self, words: list[str]) -> None:
        shell, _, position = words[-1].partition(":")
        if shell != "zsh" or not position.isdecimal():
            raise UsageError(f"--_shell-completion takes zsh:NUMBER, not {words[-1]!r}")
        print(zsh_script(self, os.path.basename(sys.argv[0]), words[:-2], int(position)))
        sys.exit(0)

    # Subclasses take as many arguments as they have names for.
    def parseArgs(self) -> None:
        """Override this to take what remains when the options are read, each word as an argument."""

    def postOptions(self) -> None:
        """Override this to look at everything once all is read; the innermost command comes first."""

    def getSynopsis(self) -> str:
        """Give the line that says how the command is called."""
        parent = self.parent
        if parent is not None:
            return (
                f"{parent.getSynopsis()} {parent.subCommand} {getattr(self, 'synopsis', None) or '[options]'}".rstrip()
            )
        default = f"Usage: {os.path.basename(sys.argv[0])} [options]"
        return str(getattr(self, "synopsis", None) or default).rstrip()

    def getUsage(self, width: int | None = None) -> str:
        """
        Give the list of options and commands; that of the inner command, once it is known.

        Args:
            width: How long lines may be; as the environment variable COLUMNS says, or 80, if not given.
        """
        if hasattr(self, "subOptions"):
            return self.subOptions.getUsage(width=width)
        if width is None:
            columns = os.environ.get("COLUMNS", "")
            width = int(columns) if columns.isdecimal() else 80
        pieces = ["Options:\n", *docMakeChunks(self._rows(), width)]

        about = getattr(self, "longdesc", None)
        if about is None:
            about = getattr(sys.modules.get("__main__"), "__doc__", None)
        if about:
            pieces += ["\n", "\n".join(_wrap(about, width)), "\n"]

        if hasattr(self, "subCommands"):
            rows = [
                _row(long=name, doc=doc, optType="command")
                for name, _, _, doc in sorted(self.subCommands, key=lambda row: str(row[0]))
            ]
            pieces += ["Commands:\n", *docMakeChunks(rows, width)]
        return "".join(pieces)

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        takes_value = {name.rstrip("="): name.endswith("=") for name in self.longOpt}
        for name, value in takes_value.items():
            if self.synonyms[name] != name:
                continue
            call = self._dispatch[name]
            short = next((other for other, long in self.synonyms.items() if long == name and len(other) == 1), None)
            rows.append(
                _row(
                    long=name,
                    short=short if short != name else None,
                    doc=self.docs[name],
                    optType="parameter" if value else "flag",
                    default=self.defaults.get(name) if value else None,
                    dispatch=getattr(call, "__self__", None),
                )
            )
        return sorted(rows, key=lambda row: str(row["short"] or row["long"]))

    def __str__(self) -> str:
        return f"{self.getSynopsis()}\n{self.getUsage(width=None)}"


def _row(**facts: Any) -> dict[str, Any]:  # Any: texts, defaults, functions
    return {"short": None, "doc": None, "optType": "flag", "default": None, "dispatch": None, **facts}


def _caller(method: Callable[..., object], flag: bool) -> Callable[[str, str], object]:
    def call(name: str, value: str) -> object:
        return method() if flag else method(value)

    return call


def _wrap(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text.rstrip() if text[:1] == " " else text.strip(), max(width, 8))


def docMakeChunks(optList: Sequence[Mapping[str, Any]], width: int = 80) -> list[str]:
    """
    Say what options there are, in two columns.

    Args:
        optList: A mapping for each: ``long`` and ``short`` name (without dashes), ``doc``, ``optType`` (``flag``,
            ``parameter`` or ``command``), ``default``, and ``dispatch``, whose ``doc`` says what values are lawful.
        width: How long lines may be.

    Returns:
        The text about each, with its line breaks.
    """
    longest = max((len(row.get("long") or "") + (row.get("optType") == "parameter") for row in optList), default=0)
    column = longest + len("  -x, --") + 2
    chunks = []
    for row in optList:
        long, short, kind = row.get("long") or "", row.get("short"), row.get("optType")
        if kind == "command":
            left = f"    {long}"
        else:
            comma = ", " if short and long else "  "
            left = (f"  -{short}" if short else "    ") + comma + (f"--{long}" if long else "")
            left += "=" if kind == "parameter" and long else ""

        about = (row.get("doc") or "").strip()
        if row.get("default") is not None:
            about = f"{about} [default: {row['default']}]"
        if lawful := getattr(row.get("dispatch"), "doc", ""):
            about = f"{about}. {lawful}"

        first, *more = _wrap(about, width - column) or [""]
        lines = [left.ljust(column) + first, *(" " * column + line for line in more)]
        chunks.append("".join(f"{line}\n" for line in lines))
    return chunks


def flagFunction(method: Callable[..., object], name: str | None = None) -> bool:
    """
    Tell whether the method of an option takes no argument, so that the option is a flag.

    Args:
        method: A bound method.
        name: What to call it in the error.

    Raises:
        UsageError: It takes more than one.
    """
    function = getattr(method, "__func__", None)
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
        # What nearly all are: inspect takes longer to import than all the options of a command to be made.
        taken = max(0, function.__code__.co_argcount - 1)
    else:
        from inspect import Parameter, signature

        positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        taken = sum(one.kind in positional for one in signature(method).parameters.values())
    if taken > 1:
        raise UsageError(f"Invalid Option function for {name or getattr(method, '__name__', method)}")
    return taken == 0


def portCoerce(value: str | int) -> int:
    """
    Make a port number of text.

    Raises:
        ValueError: It is none, or not from 0 to 65535.
    """
    port = int(value)
    if not 0 <= port <= 65535:
        raise ValueError(f"Port number not in range: {value}")
    return port


portCoerce.coerceDoc = "Must be an int between 0 and 65535."  # type: ignore[attr-defined]
