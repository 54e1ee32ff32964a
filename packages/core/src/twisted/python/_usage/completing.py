"""
What a shell may offer for an option or an argument, and the script by which it tells zsh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from twisted.python.usage import Options

ZSH: Final = 1


class Completer:
    """
    What may stand for one argument: here, anything.

    Args:
        descr: What the shell calls it.
        repeat: Whether it may come several times (for arguments, not for options).
    """

    _descr: str | None = None
    # How zsh finds what to offer, in the words of its function _arguments.
    _action = ""

    def __init__(self, descr: str | None = None, repeat: bool = False) -> None:
        if descr is not None:
            self._descr = descr
        self._repeat = repeat

    def _title(self, option: str) -> str:
        return option if self._descr is None else self._descr

    def _offer(self, option: str) -> str:
        return self._action

    def _shellCode(self, optName: str, shellType: int) -> str:
        if shellType != ZSH:
            raise NotImplementedError(f"Unknown shellType {shellType!r}")
        return f"{'*' if self._repeat else ''}:{self._title(optName)}:{self._offer(optName)}"


class CompleteFiles(Completer):
    """
    The names of files.

    Args:
        globPattern: What they have to be like, such as ``*.py``.
    """

    def __init__(self, globPattern: str = "*", **kw: Any) -> None:  # Any: what Completer takes
        super().__init__(**kw)
        self._pattern = globPattern

    def _title(self, option: str) -> str:
        return f"{super()._title(option)} ({self._pattern})"

    def _offer(self, option: str) -> str:
        return f'_files -g "{self._pattern}"'


class CompleteDirs(Completer):
    """The names of folders."""

    _action = "_directories"


class CompleteList(Completer):
    """
    One of some words.

    Args:
        items: The words.
    """

    def __init__(self, items: Iterable[str], **kw: Any) -> None:  # Any: what Completer takes
        super().__init__(**kw)
        self._words = " ".join(items)

    def _offer(self, option: str) -> str:
        return f"({self._words})"


class CompleteMultiList(CompleteList):
    """Several of some words, with commas between them."""

    def _offer(self, option: str) -> str:
        return f"_values -s , '{self._title(option)}' {self._words}"


class CompleteUsernames(Completer):
    """The names of users."""

    _action = "_users"


class CompleteGroups(Completer):
    """The names of groups of users."""

    _descr = "group"
    _action = "_groups"


class CompleteHostnames(Completer):
    """The names of hosts."""

    _action = "_hosts"


class CompleteUserAtHost(Completer):
    """A host, or a user and a host with an ``@`` between them."""

    _descr = "host | user@host"
    _action = "_user_at_host"


class CompleteNetInterfaces(Completer):
    """The names of network interfaces."""

    _action = "_net_interfaces"


class Completions:
    """
    What a shell should know of an `Options` class: its ``compData``.

    Args:
        descriptions: Words about options, by their long names, to show instead of their documentation.
        multiUse: The long names of options that may come several times.
        mutuallyExclusive: Groups of long names, of which only one may come.
        optActions: For options, by their long names, the `Completer` for what they take.
        extraActions: A `Completer` for each argument that is no option.
    """

    def __init__(
        self,
        descriptions: Mapping[str, str] = {},
        multiUse: Sequence[str] = (),
        mutuallyExclusive: Sequence[Sequence[str]] = (),
        optActions: Mapping[str, Completer] = {},
        extraActions: Sequence[Completer] = (),
    ) -> None:
        self.descriptions = dict(descriptions)
        self.multiUse = list(multiUse)
        self.mutuallyExclusive = list(mutuallyExclusive)
        self.optActions = dict(optActions)
        self.extraActions = list(extraActions)


def _quoted(text: str) -> str:
    """Quote text for zsh. Words with an apostrophe take double quotes: nothing in them may then be expanded."""
    if "'" not in text:
        return f"'{text}'"
    for character in '\\"$`':
        text = text.replace(character, "\\" + character)
    return f'"{text}"'


def _known(options: Options) -> Completions:
    """Put together what an Options class and its bases say about completion."""
    whole = Completions()
    for kind in reversed(type(options).__mro__):
        said = vars(kind).get("compData") or vars(kind).get("completionData")
        if isinstance(said, Completions):
            whole.descriptions.update(said.descriptions)
            whole.optActions.update(said.optActions)
            whole.multiUse += said.multiUse
            whole.mutuallyExclusive += said.mutuallyExclusive
            whole.extraActions = said.extraActions or whole.extraActions
    long_names = {name.rstrip("=") for name in options.longOpt}
    groups = [name for group in whole.mutuallyExclusive for name in group]
    for name in [*whole.descriptions, *whole.optActions, *whole.multiUse, *groups]:
        if name not in long_names:
            raise ValueError(
                f"compData of {type(options).__qualname__} speaks of {name!r}, which is no option's long name"
            )
    return whole


def _option_lines(options: Options, known: Completions) -> Iterable[str]:
    takes_value = {name.rstrip("="): name.endswith("=") for name in options.longOpt}
    short_names: dict[str, list[str]] = {}
    for name, long_name in options.synonyms.items():
        if len(name) == 1 and name != long_name:
            short_names.setdefault(long_name, []).append(name)
    flags = {name: [*(f"-{short}" for short in short_names.get(name, [])), f"--{name}"] for name in takes_value}
    for name in sorted(takes_value):
        if options.synonyms.get(name) != name:
            continue
        about = known.descriptions.get(name) or " ".join((options.docs.get(name) or "").split()) or name
        for character in "\\[]":
            about = about.replace(character, "\\" + character)
        rivals = {
            flag for group in known.mutuallyExclusive if name in group for other in group for flag in flags[other]
        }
        ending = ""
        if takes_value[name]:
            completer = known.optActions.get(name)
            ending = f":{name}:_files" if completer is None else completer._shellCode(name, ZSH)
        for flag in flags[name]:
            again = name in known.multiUse
            others = (rivals - set(flags[name])) | (set() if again else set(flags[name]) - {flag})
            excluded = f"({' '.join(sorted(others))})" if others else ""
            sign = "=" if takes_value[name] and flag.startswith("--") else ""
            yield _quoted(f"{excluded}{'*' if again else ''}{flag}{sign}[{about}]{ending}")


def zsh_script(options: Options, command: str, words: Sequence[str], position: int) -> str:
    """
    Tell zsh what may come next on a command line.

    Args:
        options: An instance for the command itself.
        command: Its name.
        words: What is on the command line, behind the command.
        position: Which word is being completed; the command itself is the first.
    """
    script = [f"#compdef {command}"]
    while True:
        known = _known(options)
        subcommands = getattr(options, "subCommands", None)
        chosen = None
        if subcommands is not None:
            names = {name: row for row in subcommands for name in row[:2] if name}
            # The word that is being completed has not been chosen yet.
            before = list(words[: max(0, position - 2)])
            place = next((i for i, word in enumerate(before) if word in names), None)
            chosen = None if place is None else names[before[place]]
        lines = []
        if subcommands is not None:
            lines.append("'*::subcmd:->subcmd'")
        lines += [_quoted(completer._shellCode("", ZSH)) for completer in known.extraActions]
        lines += _option_lines(options, known)
        script.append('_arguments -s -A "-*" \\\n' + " \\\n".join(lines) + " \\\n&& return 0")
        if chosen is None or place is None:
            break
        parent, options = options, chosen[2]()
        options.parent, parent.subCommand = parent, chosen[0]
        words, position = words[place + 1 :], position - place - 1
    if subcommands is not None:
        rows = "\n".join(_quoted(f"{row[0]}:{row[3]}") for row in subcommands)
        script.append(f"local _zsh_subcmds_array\n_zsh_subcmds_array=(\n{rows}\n)\n")
        script.append('_describe "sub-command" _zsh_subcmds_array')
    return "\n".join(script)
