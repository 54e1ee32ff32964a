"""Options of command lines."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from twisted.python import usage
from twisted.python.usage import Options, UsageError


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/prog"])
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", None, raising=False)


class Plain(Options):
    optFlags = [["fast", "f", "Act quickly"], ["long-only", None, "No short"], ["bare", "b"]]
    optParameters = [
        ["user", "u", None, "The user"],
        ["port", "p", 80, "The port", usage.portCoerce],
        ["num", "n", "7", "A number", int],
    ]

    def opt_extra(self, value: str) -> None:
        """Do more"""
        self.setdefault("extra", []).append(value)

    opt_e = opt_extra

    def opt_dry_run(self) -> None:
        self["dry"] = True

    def parseArgs(self, first: str = "none", second: str = "none") -> None:
        self["arguments"] = (first, second)

    def postOptions(self) -> None:
        self["finished"] = "arguments" in self


def parse(*words: str, kind: type[Options] = Plain) -> Options:
    options = kind()
    options.parseOptions(list(words))
    return options


def test_what_is_not_said_has_its_default() -> None:
    options = parse()

    assert options == {
        "fast": 0,
        "long-only": 0,
        "bare": 0,
        "user": None,
        "port": 80,
        "num": "7",
        "arguments": ("none", "none"),
        "finished": True,
    }
    assert options.defaults == {"fast": 0, "long-only": 0, "bare": 0, "user": None, "port": 80, "num": "7"}
    assert options.opts is options


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["-f"], "fast", 1),
        (["--fast"], "fast", 1),
        (["--fa"], "fast", 1),
        (["-fb"], "bare", 1),
        (["-u", "me"], "user", "me"),
        (["-ume"], "user", "me"),
        (["--user=me"], "user", "me"),
        (["--user", "me"], "user", "me"),
        (["--user="], "user", ""),
        (["-fume"], "user", "me"),
        (["--port=0"], "port", 0),
        (["-p65535"], "port", 65535),
        (["-n", "12"], "num", 12),
        (["--extra", "1", "-e2"], "extra", ["1", "2"]),
        (["--dry-run"], "dry", True),
        (["x", "y"], "arguments", ("x", "y")),
        (["--", "-f"], "arguments", ("-f", "none")),
        (["-"], "arguments", ("-", "none")),
        (["-f", "x"], "arguments", ("x", "none")),
    ],
)
def test_what_is_said_is_found(words: list[str], name: str, value: object) -> None:
    assert parse(*words)[name] == value


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--bogus"], "option --bogus not recognized"),
        (["-z"], "option -z not recognized"),
        (["--user"], "option --user requires argument"),
        (["-u"], "option -u requires argument"),
        (["--fast=1"], "option --fast must not have an argument"),
        (["-p", "65536"], "Parameter type enforcement failed: Port number not in range: 65536"),
        (["-n", "x"], "Parameter type enforcement failed: invalid literal"),
        (["a", "b", "c"], "Wrong number of arguments."),
        (["a", "-f", "c"], "Wrong number of arguments."),
    ],
)
def test_nonsense_is_refused(words: list[str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint.replace(".", r"\.")):
        parse(*words)
    assert usage.error is UsageError


def test_errors_of_the_program_itself_are_not_hidden() -> None:
    class Broken(Options):
        def parseArgs(self, word: str) -> None:  # type: ignore[override]
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        parse("x", kind=Broken)
    with pytest.raises(UsageError):
        parse(kind=Broken)


def test_words_come_from_the_command_line_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["prog", "--fast", "x"])
    options = Plain()
    options.parseOptions()

    assert options["fast"] == 1 and options["arguments"] == ("x", "none")


def test_tables_of_base_classes_count() -> None:
    class More(Plain):
        optFlags = [["good", "g", "Act well"]]
        optParameters = [["user", "U", "someone", "Another default"]]

    options = parse("-fg", kind=More)

    assert options["fast"] == options["good"] == 1 and options["user"] == "someone"


def test_a_method_goes_before_a_row() -> None:
    class Both(Options):
        optParameters = [["value", "v", "0", "A value"]]

        def opt_value(self, text: str) -> None:
            self["value"] = f"<{text}>"

    assert parse("--value", "1", kind=Both)["value"] == "<1>"


def test_methods_take_one_argument_at_most() -> None:
    class Wrong(Options):
        def opt_pair(self, one: str, two: str) -> None: ...

    with pytest.raises(UsageError, match="Invalid Option function for pair"):
        Wrong()

    options = Plain()
    assert usage.flagFunction(options.opt_dry_run) is True and usage.flagFunction(options.opt_extra) is False
    with pytest.raises(UsageError, match="for opt_pair"):
        usage.flagFunction(Wrong.opt_pair.__get__(options), "opt_pair")


def test_a_method_of_another_make_is_asked_what_it_takes() -> None:
    def counted(method: Callable[..., None]) -> Callable[..., None]:
        @wraps(method)
        def call(*arguments: object) -> None:
            method(*arguments)

        return call

    class Wrapped(Options):
        @counted
        def opt_flag(self) -> None: ...

        @counted
        def opt_value(self, text: str) -> None: ...

        # Any: mypy does not see that its first word is the object.
        opt_more: Any = lambda *words: None

    options = Wrapped()

    assert usage.flagFunction(options.opt_flag) is True and usage.flagFunction(options.opt_value) is False
    assert usage.flagFunction(options.opt_more) is True
    assert usage.flagFunction(lambda text: None) is False


def test_rows_have_names_and_so_many_columns() -> None:
    for wrong in ({"optFlags": [[None, "f"]]}, {"optParameters": [[None, "f"]]}, {"optFlags": [["a", "b", "c", "d"]]}):
        with pytest.raises(ValueError):
            type("Wrong", (Options,), wrong)()


def test_usage_is_in_two_columns() -> None:
    class Described(Plain):
        longdesc = "About this program: " + "words " * 10
        synopsis = "Usage: prog [options] [first [second]]   "

    assert str(Described()) == (
        "Usage: prog [options] [first [second]]\n"
        "Options:\n"
        "  -b, --bare       \n"
        "      --dry-run    \n"
        "  -e, --extra=     Do more\n"
        "  -f, --fast       Act quickly\n"
        "      --help       Display this help and exit.\n"
        "      --long-only  No short\n"
        "  -n, --num=       A number [default: 7]\n"
        "  -p, --port=      The port [default: 80]. Must be an int\n"
        "                   between 0 and 65535.\n"
        "  -u, --user=      The user\n"
        "      --version    Display Twisted version and exit.\n"
        "\n"
        "About this program: words words words words words words\n"
        "words words words words\n"
    )
    assert Described().getUsage(120).count("\n") == 13


def test_the_scripts_docstring_describes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", "\nWhat it does.\n")

    assert Options().getUsage().endswith("Display Twisted version and exit.\n\nWhat it does.\n")
    assert Options().getSynopsis() == "Usage: prog [options]"


def test_the_width_defaults_to_80(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    wide = [{"long": "x", "doc": "w" * 68, "optType": "flag"}]

    class Wide(Options):
        longdesc = "w" * 40 + " " + "w" * 39

    assert Wide().getUsage().endswith(f"\n{Wide.longdesc}\n") and usage.docMakeChunks([]) == []
    assert usage.docMakeChunks(wide) == [f"      --x  {'w' * 68}\n"]


def test_chunks_describe_each_option() -> None:
    rows: list[dict[str, Any]] = [
        {"long": "a", "short": "b", "doc": "flag", "optType": "flag", "default": None, "dispatch": None},
        {"long": "cc", "short": None, "doc": "one two", "optType": "parameter", "default": 0, "dispatch": None},
        {"long": None, "short": "d", "doc": None, "optType": "flag"},
    ]

    assert usage.docMakeChunks(rows, 27) == [
        "  -b, --a    flag\n",
        "      --cc=  one two\n             [default: 0]\n",
        "  -d         \n",
    ]


def test_help_and_version_end_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    from twisted import copyright

    for word, said in (("--help", f"{Plain()}\n"), ("--version", f"Twisted version: {copyright.version}\n")):
        with pytest.raises(SystemExit) as caught:
            parse(word)
        assert caught.value.code == 0 and capsys.readouterr().out == said


order: list[str] = []


class Inner(Options):
    optFlags = [["quick", "q", "Be quick"]]

    def parseArgs(self, *words: str) -> None:
        self["words"] = words

    def postOptions(self) -> None:
        order.append("inner")


class Outer(Options):
    optFlags = [["verbose", "v", "Say more"]]
    subCommands: list[list[Any]] = [["start", "s", Inner, "Begin"], ["end", None, Options, "Finish"]]

    def postOptions(self) -> None:
        order.append("outer")


def test_commands_within_a_command() -> None:
    order.clear()
    options = parse("-v", "start", "-q", "a", "-b", kind=Outer)

    assert options["verbose"] == 1 and options.subCommand == "start"
    assert options.subOptions == {"quick": 1, "words": ("a", "-b")} and options.subOptions.parent is options
    assert order == ["inner", "outer"]
    assert parse("s", kind=Outer).subCommand == "start"
    assert parse(kind=Outer).subCommand is None
    with pytest.raises(UsageError, match="Unknown command: zz"):
        parse("zz", kind=Outer)


def test_a_command_may_be_meant_if_none_is_named() -> None:
    class Default(Outer):
        defaultSubCommand = "start"

    assert parse("-v", kind=Default).subCommand == "start"
    with pytest.raises(UsageError, match="Unknown command: x"):
        parse("x", kind=Default)


def test_commands_are_listed() -> None:
    assert Outer().getUsage().endswith("Commands:\n    end        Finish\n    start      Begin\n")

    options = parse("start", kind=Outer)
    assert "Be quick" in options.getUsage() and "Commands" not in options.getUsage()
    assert options.subOptions.getSynopsis() == "Usage: prog [options] start [options]"
    options.subOptions.synopsis = "WORDS"  # type: ignore[attr-defined]
    assert options.subOptions.getSynopsis() == "Usage: prog [options] start WORDS"


def test_options_are_objects_of_their_own() -> None:
    one, other = Options(), Options()

    assert one == other and len({one, other}) == 2


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("80", 80), ("65535", 65535)])
def test_ports_are_numbers(text: str, port: int) -> None:
    assert usage.portCoerce(text) == port


@pytest.mark.parametrize("text", ["-1", "65536", "x", ""])
def test_other_ports_are_not(text: str) -> None:
    with pytest.raises(ValueError):
        usage.portCoerce(text)


def test_coercing_stores_what_it_makes() -> None:
    options = Options()
    parameter = usage.CoerceParameter(options, int)
    parameter.dispatch("n", "4")

    assert options["n"] == 4 and parameter.doc == ""
    assert usage.CoerceParameter(options, usage.portCoerce).doc == "Must be an int between 0 and 65535."
    with pytest.raises(UsageError, match="Parameter 'n' requires an argument"):
        parameter.dispatch("n", None)
    usage.CoerceParameter(options, None).dispatch("t", "x")
    assert options["t"] == "x"


class Completed(Outer):
    optParameters = [["file", "f", None, "A [file]"], ["other", None, None, "It's other"]]
    compData = usage.Completions(
        descriptions={"verbose": "more words"},
        multiUse=["verbose"],
        mutuallyExclusive=[("file", "other")],
        optActions={"file": usage.CompleteFiles("*.py")},
        extraActions=[usage.CompleteDirs(repeat=True)],
    )


def shell(capsys: pytest.CaptureFixture[str], *words: str, kind: type[Options] = Completed) -> list[str]:
    with pytest.raises(SystemExit) as caught:
        parse(*words, kind=kind)
    assert caught.value.code == 0
    return capsys.readouterr().out.splitlines()


def test_zsh_is_told_what_may_come(capsys: pytest.CaptureFixture[str]) -> None:
    assert shell(capsys, "", "--_shell-completion", "zsh:2") == [
        "#compdef prog",
        '_arguments -s -A "-*" \\',
        "'*::subcmd:->subcmd' \\",
        "'*::_directories' \\",
        "'(--file --other)-f[A \\[file\\]]:file (*.py):_files -g \"*.py\"' \\",
        "'(--other -f)--file=[A \\[file\\]]:file (*.py):_files -g \"*.py\"' \\",
        "'--help[Display this help and exit.]' \\",
        '"(--file -f)--other=[It\'s other]:other:_files" \\',
        "'*-v[more words]' \\",
        "'*--verbose[more words]' \\",
        "'--version[Display Twisted version and exit.]' \\",
        "&& return 0",
        "local _zsh_subcmds_array",
        "_zsh_subcmds_array=(",
        "'start:Begin'",
        "'end:Finish'",
        ")",
        "",
        '_describe "sub-command" _zsh_subcmds_array',
    ]


def test_zsh_is_told_about_the_command_that_was_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shell(capsys, "-v", "start", "", "--_shell-completion", "zsh:4")

    assert "'(--quick)-q[Be quick]' \\" in lines and not any("zsh_subcmds" in line for line in lines)
    # A word that is still being typed names nothing yet.
    assert any("zsh_subcmds" in line for line in shell(capsys, "start", "--_shell-completion", "zsh:2"))


class Deepest(Options):
    optFlags = [["deep", "d", "Go deep"]]
    subCommands = [["leaf", None, Inner, "The end"]]


class Deeper(Options):
    optFlags = [["wide", "w", "Go wide"]]
    subCommands = [["down", "d", Deepest, "Down"], ["leaf", None, Inner, "Off"]]


class Deep(Options):
    subCommands = [["in", "i", Deeper, "Inwards"]]


@pytest.mark.parametrize(
    ("words", "position", "chosen", "offered"),
    [
        (("",), 2, [], ["in:Inwards"]),
        (("in",), 2, [], ["in:Inwards"]),
        (("in", ""), 3, ["wide"], ["down:Down", "leaf:Off"]),
        (("in", "down"), 3, ["wide"], ["down:Down", "leaf:Off"]),
        (("x", "in", "down"), 4, ["wide"], ["down:Down", "leaf:Off"]),
        (("in", "-w", "down", ""), 5, ["wide", "deep"], ["leaf:The end"]),
        (("i", "d", "leaf"), 4, ["wide", "deep"], ["leaf:The end"]),
        (("i", "d", "leaf", ""), 5, ["wide", "deep", "quick"], []),
    ],
)
def test_commands_within_commands_are_completed_to_any_depth(
    words: tuple[str, ...], position: int, chosen: list[str], offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shell(capsys, *words, "--_shell-completion", f"zsh:{position}", kind=Deep)
    flags = [name for line in lines for name in ("wide", "deep", "quick") if f"--{name}[" in line]
    array = lines.index("_zsh_subcmds_array=(") + 1 if offered else len(lines)

    assert flags == chosen
    assert lines[array : array + len(offered)] == [f"'{row}'" for row in offered]


def test_a_command_within_a_command_knows_where_it_is_while_it_is_completed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Asking(Options):
        @property
        def subCommands(self) -> list[list[Any]]:
            above: Any = self.parent
            return [[f"below-{above.subCommand}", None, Inner, above["name"]]] if above else []

    class Asked(Options):
        optParameters = [["name", "n", "shop"]]
        subCommands = [["in", "i", Asking, "Inwards"]]

    assert "'below-in:shop'" in shell(capsys, "i", "", "--_shell-completion", "zsh:3", kind=Asked)


def test_only_zsh_is_answered() -> None:
    for word in ("bash:2", "zsh:x", "zsh"):
        with pytest.raises(UsageError, match="zsh:NUMBER"):
            parse("--_shell-completion", word)


def test_completion_speaks_of_options_there_are() -> None:
    class Wrong(Options):
        compData = usage.Completions(multiUse=["nope"])

    with pytest.raises(ValueError, match="nope"):
        parse("--_shell-completion", "zsh:2", kind=Wrong)


@pytest.mark.parametrize(
    ("completer", "code"),
    [
        (usage.Completer(), ":o:"),
        (usage.Completer("d", repeat=True), "*:d:"),
        (usage.CompleteFiles(), ':o (*):_files -g "*"'),
        (usage.CompleteDirs(), ":o:_directories"),
        (usage.CompleteList(["a", "b"]), ":o:(a b)"),
        (usage.CompleteMultiList(["a", "b"]), ":o:_values -s , 'o' a b"),
        (usage.CompleteUsernames(), ":o:_users"),
        (usage.CompleteGroups(), ":group:_groups"),
        (usage.CompleteHostnames(), ":o:_hosts"),
        (usage.CompleteNetInterfaces(), ":o:_net_interfaces"),
        (usage.CompleteUserAtHost(), ":host | user@host:_user_at_host"),
    ],
)
def test_completers_speak_zsh(completer: usage.Completer, code: str) -> None:
    assert completer._shellCode("o", 1) == code
    with pytest.raises(NotImplementedError):
        completer._shellCode("o", 2)
