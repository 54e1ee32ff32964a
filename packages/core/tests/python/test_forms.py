"""Forms, collections, source as HTML, scripts of releases, and rebuilding modules."""

import html
import importlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twisted.python import formmethod as form
from twisted.python import htmlizer, rebuild, release, roots


@pytest.mark.parametrize(
    ("argument", "entered", "value"),
    [
        (form.String("n"), "abc", "abc"),
        (form.String("n"), "", ""),
        (form.String("n"), 5, "5"),
        (form.String("n", min=2, max=4), "ab", "ab"),
        (form.String("n", min=2, max=4), "abcd", "abcd"),
        (form.Text("n"), "a\nb", "a\nb"),
        (form.Password("n"), "x", "x"),
        (form.Hidden("n"), "x", "x"),
        (form.VerifiedPassword("n"), ["ab", "ab"], "ab"),
        (form.Integer("n"), "12", 12),
        (form.Integer("n"), "  ", None),
        (form.IntegerRange("n", 3, 5), "3", 3),
        (form.IntegerRange("n", 3, 5), "5", 5),
        (form.IntegerRange("n", 3, 5), "", None),
        (form.Float("n"), "3.5", 3.5),
        (form.Float("n"), "", None),
        (form.File("n"), "data", "data"),
        (form.File("n"), "", None),
        (form.Date("n"), ["2020", "2", "29"], (2020, 2, 29)),
        (form.Date("n"), ["", "", ""], None),
        (form.Date("n"), ["2021", "12", "1"], (2021, 12, 1)),
        (form.Choice("n", [("a", 1, "A"), (2, "two", "B")]), "a", 1),
        (form.Choice("n", [("a", 1, "A"), (2, "two", "B")]), "2", "two"),
        (form.RadioGroup("n", [("a", 1, "A")]), "a", 1),
        (form.Flags("n", [("a", 1, "A"), (2, "two", "B")]), ["a", "2"], [1, "two"]),
        (form.CheckGroup("n"), [], []),
        (form.Flags("n"), None, []),
        (form.Submit("n"), "Submit", "submit"),
        (form.Submit("n", allowNone=1), None, None),
        (form.Boolean("n"), "yes", 1),
        (form.Boolean("n"), "0", 0),
        (form.Boolean("n"), "No", 0),
        (form.Boolean("n"), "f", 0),
        (form.Boolean("n"), "n", 0),
        (form.Boolean("n"), "False", 0),
        (form.Boolean("n"), None, 0),
        (form.Boolean("n"), "off", 1),
    ],
)
def test_what_is_entered_becomes_a_value(argument: form.Argument, entered: Any, value: object) -> None:
    assert argument.coerce(entered) == value


@pytest.mark.parametrize(
    ("argument", "entered", "complaint"),
    [
        (form.String("n", min=2), "a", "Value must be at least 2 characters long"),
        (form.String("n", max=4), "abcde", "Value must be at most 4 characters long"),
        (form.VerifiedPassword("n"), ["a", "b"], "Please enter the same password twice."),
        (form.VerifiedPassword("n"), ["a", "a", "a"], "Please enter the same password twice."),
        (form.VerifiedPassword("n", min=2), ["a", "a"], "Value must be at least 2 characters long"),
        (form.Integer("n"), "x", "x is not valid, please enter a whole number, e.g. 10"),
        (form.Integer("n", allowNone=0), "", " is not valid, please enter a whole number, e.g. 10"),
        (form.IntegerRange("n", 3, 5), "2", "Value 2 is too small, it should be at least 3"),
        (form.IntegerRange("n", 3, 5), "6", "Value 6 is too large, it should be at most 5"),
        (form.Float("n"), "x", "Invalid float: x"),
        (form.File("n", allowNone=0), "", "Invalid File"),
        (form.Date("n"), ["2021", "2", "29"], "Invalid date"),
        (form.Date("n"), ["2021", "2", "0"], "Invalid date"),
        (form.Date("n"), ["2021", "13", "1"], "Invalid date"),
        (form.Date("n"), ["2021", "1"], "Invalid date"),
        (form.Date("n", allowNone=0), ["", "", ""], "Invalid date"),
        (form.Choice("n"), "z", "Invalid Choice: z"),
        (form.Flags("n"), ["z"], "Invalid Flag: z"),
        (form.Submit("n"), None, "Invalid Choice: None"),
    ],
)
def test_nonsense_is_refused(argument: form.Argument, entered: Any, complaint: str) -> None:
    with pytest.raises(form.InputError) as caught:
        argument.coerce(entered)
    assert str(caught.value) == complaint


def test_arguments_describe_themselves() -> None:
    plain, full = form.Argument("some_name"), form.Argument("n", 3, "Short", "Long", {"a": 1})

    assert (plain.getShortDescription(), plain.getLongDescription(), plain.default) == ("Some_name", "", None)
    assert (full.getShortDescription(), full.getLongDescription(), full.default) == ("Short", "Long", 3)
    full.addHints(b=2)
    assert (full.getHint("a"), full.getHint("b"), full.getHint("c"), full.getHint("c", 4)) == (1, 2, None, 4)
    assert form.String("n").default == "" and form.Submit("n", reset=1).reset == 1
    assert form.Choice("n", [("a", 1, "A")]).default == ["a"] and form.Choice("n", [("a", 1, "A")], "b").default == "b"
    assert form.Submit("n").choices == [("Submit", "submit", "Submit form")] and form.Submit("n").default == ["submit"]
    with pytest.raises(NotImplementedError):
        plain.coerce("x")
    assert isinstance(form.PresentationHint(), form.PresentationHint)


def test_signatures_call_functions() -> None:
    a, b = form.String("a"), form.Integer("b")
    signature = form.MethodSignature(a, b)
    method = signature.method(lambda *args, **kw: (args, kw), takesRequest=True)

    assert signature.getArgument("b") is b and signature.getArgument("c") is None
    assert method.getArgs() == (a, b) and method.call(1, x=2) == ((1,), {"x": 2})
    assert method.takesRequest and not signature.method(len).takesRequest and method.signature is signature


def test_errors_tell_which_arguments_are_wrong() -> None:
    error = form.InputError("bad", a="too long")

    assert isinstance(error, form.FormException) and error.descriptions == {"a": "too long"} and error.args == ("bad",)


def test_positive_numbers() -> None:
    assert form.positiveInt("1") == 1
    for wrong in ("0", "-3", "x"):
        with pytest.raises(ValueError):
            form.positiveInt(wrong)


def test_collections_keep_things() -> None:
    class Making(roots.Collection):
        def getDynamicEntity(self, name: str, request: object) -> object:
            return f"made {name}" if name == "d" else None

        def listDynamicNames(self) -> list[str]:
            return ["d"]

        def listDynamicEntities(self, request: object) -> list[tuple[str, Any]]:
            return [("d", "made d")]

    things = Making({"a": 1})
    things.putEntity("b", 2)

    assert [things.getEntity(name, None) for name in "abdx"] == [1, 2, "made d", None]
    assert things.getStaticEntity("a") == 1 and things.getStaticEntity("d") is None
    assert list(things.listStaticNames()) == ["a", "b"] and list(things.listStaticEntities()) == [("a", 1), ("b", 2)]
    assert list(things.listNames(None)) == ["a", "b", "d"]
    assert list(things.listEntities(None)) == [("a", 1), ("b", 2), ("d", "made d")]
    things.delEntity("a")
    assert things.entities == {"b": 2}
    with pytest.raises(KeyError):
        things.delEntity("a")
    plain = roots.Collection()
    assert plain.entities == {} and plain.getDynamicEntity("x", None) is None
    assert plain.listDynamicNames() == [] and plain.listDynamicEntities(None) == []
    for refuse in (plain.storeEntity, plain.removeEntity):
        with pytest.raises(roots.NotSupportedError, match=r"roots\.Collection\."):
            refuse("x", None)


def test_what_is_abstract_says_so() -> None:
    request = roots.Request()
    assert request.wireProtocol is None
    calls: list[Callable[[], object]] = [
        lambda: request.write(b""),
        request.finish,
        lambda: roots.Entity().render(request),
    ]
    for call in calls:
        with pytest.raises(NotImplementedError, match=r"twisted\.python\.roots\."):
            call()


def test_collections_look_at_what_they_keep() -> None:
    class Careful(roots.Constrained):
        def nameConstraint(self, name: str) -> bool:
            return name != "bad"

        def entityConstraint(self, entity: object) -> bool:
            return entity != 0

    careful = Careful()
    careful.putEntity("x", 1)
    for name, entity, what in (("bad", 1, "Name"), ("y", 0, "Entity")):
        with pytest.raises(roots.ConstraintViolation, match=f"{what} constraint violated"):
            careful.putEntity(name, entity)
    careful.reallyPutEntity("bad", 0)
    assert careful.entities == {"x": 1, "bad": 0}
    assert roots.Constrained().nameConstraint("x") and roots.Constrained().entityConstraint(0)

    locked = roots.Locked()
    locked.putEntity("x", 1)
    locked.lock()
    with pytest.raises(roots.ConstraintViolation):
        locked.putEntity("y", 1)
    assert locked.entities == {"x": 1}


def test_collections_of_one_type() -> None:
    class Numbers(roots.Homogenous):
        entityType = int

    numbers = Numbers()
    numbers.putEntity("one", 1)
    with pytest.raises(roots.ConstraintViolation, match=r"s of incorrect type \(<class 'int'>\)"):
        numbers.putEntity("s", "s")
    assert numbers.entities == {"one": 1} and numbers.getEntityType() == "int" and numbers.getNameType() == "Name"


SOURCE = b'# a <b>\ndef f(x, *y, z=g(1)):\n    return x.y + "s" \n\nclass A(f): pass\n'


def htmlize(source: bytes, writer: Any = htmlizer.SmallerHTMLWriter) -> bytes:
    out = io.BytesIO()
    htmlizer.filter(io.BytesIO(source), out, writer)
    return out.getvalue()


def kinds(page: bytes) -> list[tuple[str, str]]:
    return re.findall(r'<span class="py-src-(\w+)">(.*?)</span>', page.decode(), re.DOTALL)


def test_source_becomes_html() -> None:
    assert kinds(htmlize(SOURCE)) == [
        ("comment", "# a &lt;b&gt;"),
        ("keyword", "def"),
        ("identifier", "f"),
        ("parameter", "x"),
        ("parameter", "y"),
        ("parameter", "z"),
        ("parameter", "g"),
        ("number", "1"),
        ("keyword", "return"),
        ("variable", "x"),
        ("variable", "y"),
        ("string", "&quot;s&quot;"),
        ("keyword", "class"),
        ("identifier", "A"),
        ("parameter", "f"),
        ("keyword", "pass"),
    ]
    assert kinds(htmlize(b"def f(a): g(b)[c](d)\n")) == [
        ("keyword", "def"),
        ("identifier", "f"),
        ("parameter", "a"),
        *[("variable", name) for name in "gbcd"],
    ]
    assert htmlize(b"x = 1\n") == (
        b'<pre><span class="py-src-variable">x</span> = <span class="py-src-number">1</span>\n</pre>\n'
    )


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (b"def f(x=1 % 2, y=3 & 4): z\n", [("x", True), ("y", True), ("z", False)]),
        (b"def f(x=(1), y=g(z)): a\n", [("x", True), ("y", True), ("g", True), ("z", True), ("a", False)]),
        (b"def f(): a\n", [("a", False)]),
        (b"class A: b(c)\n", [("b", False), ("c", False)]),
        (b"(a) + (b)\n", [("a", False), ("b", False)]),
        (b"def f(a): (b)\n", [("a", True), ("b", False)]),
    ],
)
def test_parameters_are_what_stands_in_the_parentheses_of_a_definition(
    source: bytes, names: list[tuple[str, bool]]
) -> None:
    told = [(name, kind == "parameter") for kind, name in kinds(htmlize(source)) if kind in ("parameter", "variable")]

    assert told == names


@pytest.mark.parametrize("writer", [htmlizer.HTMLWriter, htmlizer.SmallerHTMLWriter])
@pytest.mark.parametrize(
    "source", [SOURCE, b"", b"a = [\n 1,\n\n 2]\n\n\n# e\n", b'"""a\nb"""  # c\n', "x = '\xe9'\n".encode()]
)
def test_nothing_of_the_source_is_lost(source: bytes, writer: Any) -> None:
    page = htmlize(source, writer).decode()

    text = html.unescape(re.sub("<[^>]*>", "", page))
    assert [line.rstrip() for line in text.split("\n")][:-1] == [line.rstrip() for line in source.decode().split("\n")]


def test_the_larger_writer_marks_everything() -> None:
    assert [kind for kind, _ in kinds(htmlize(b"x=1\n", htmlizer.HTMLWriter))] == [
        "variable",
        "op",
        "number",
        "newline",
        "endmarker",
    ]
    pieces: list[bytes] = []
    writer = htmlizer.SmallerHTMLWriter(pieces.append)
    writer.write(b"<", "op")
    writer.write(b"&")
    writer.write(b"x", "name")
    assert pieces == [b"&lt;", b"&amp;", b'<span class="py-src-name">x</span>']


def test_a_file_is_written_as_html(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> None:
    (tmp_path / "x.py").write_bytes(b"x\n")
    monkeypatch.setattr(sys, "argv", ["htmlizer", str(tmp_path / "x.py")])
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    htmlizer.main()

    assert out.buffer.getvalue() == htmlize(b"x\n", htmlizer.HTMLWriter)


def test_commands_are_shown_and_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    mark = tmp_path / "mark"
    release.sh(f"echo hidden; touch {mark}; true")
    release.sh("echo shown", null=False)

    said = capfd.readouterr().out
    assert mark.exists() and "\nshown\n" in said and said.startswith("--$ echo hidden")
    release.sh("echo quiet")
    assert capfd.readouterr().out == "--$ echo quiet\n"
    with pytest.raises(release.CommandFailed, match="exit 3"):
        release.sh("exit 3")


@pytest.mark.parametrize(("answer", "ran"), [("n", False), ("y", True)])
def test_commands_may_be_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, ran: bool) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    release.sh(f"touch {tmp_path / 'mark'}", prompt=True)

    assert (tmp_path / "mark").exists() is ran


def test_functions_may_wander(tmp_path: Path) -> None:
    here = os.getcwd()

    def wander(a: int, fail: bool = False) -> tuple[int, str]:
        os.chdir(tmp_path)
        if fail:
            raise KeyError(a)
        return a, os.getcwd()

    assert release.runChdirSafe(wander, 1) == (1, os.path.realpath(tmp_path)) and os.getcwd() == here
    with pytest.raises(KeyError):
        release.runChdirSafe(wander, 1, fail=True)
    assert os.getcwd() == here
    assert issubclass(release.DirectoryExists, OSError) and issubclass(release.DirectoryDoesntExist, OSError)


FIRST = """
class A:
    value = 1
    def method(self): return "one"
class B(A): pass
class Gone: pass
def function(x=1): return x
data = [1]
"""
SECOND = """
class A:
    value = 22
    def method(self): return "two!"
class B(A): pass
def function(x=22): return x
data = [22]
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "to_rebuild.py").write_text(FIRST)
    importlib.invalidate_caches()
    yield importlib.import_module("to_rebuild")
    del sys.modules["to_rebuild"]


def change(module: ModuleType, source: str) -> None:
    Path(str(module.__file__)).write_text(source)


def test_what_an_old_module_made_becomes_new(module: ModuleType) -> None:
    a, b, gone, old_a, old_function = module.A(), module.B(), module.Gone(), module.A, module.function
    change(module, SECOND)

    assert rebuild.rebuild(module) is module
    assert module.data == [22] and old_function() == 22
    assert (a.method(), b.method(), a.value, old_a().method()) == ("two!", "two!", 22, "two!")
    assert type(a) is module.A and type(b) is module.B and isinstance(b, module.A)
    assert type(gone).__name__ == "Gone"
    assert rebuild.latestClass(old_a) is module.A and rebuild.latestFunction(old_function) is module.function
    assert rebuild.latestClass(int) is int


def test_instances_are_made_new_one_by_one(module: ModuleType) -> None:
    old = module.A
    change(module, SECOND)
    rebuild.rebuild(module, doLog=0)
    late = old()
    assert type(late) is old

    rebuild.updateInstance(late)

    assert type(late) is module.A


def test_a_module_that_does_not_load_stays_as_it_was(module: ModuleType) -> None:
    change(module, "syntax error(")

    with pytest.raises(SyntaxError):
        rebuild.rebuild(module)
    assert module.data == [1] and module.A().method() == "one"


def test_modules_may_refuse(module: ModuleType) -> None:
    module.ALLOW_TWISTED_REBUILD = 0  # type: ignore[attr-defined]

    with pytest.raises(rebuild.RebuildError, match="not allowed"):
        rebuild.rebuild(module)


def test_those_who_care_learn_of_it(module: ModuleType) -> None:
    class Caring(rebuild.Sensitive):
        def method(self) -> None: ...

    caring, a, old_a, function = Caring(), module.A(), module.A, module.function
    caring.rebuildUpToDate()
    assert not caring.needRebuildUpdate()

    change(module, SECOND)
    rebuild.rebuild(module, 0)

    assert caring.needRebuildUpdate() and rebuild.lastRebuild > caring.lastRebuild
    assert caring.latestVersionOf(function) is module.function and caring.latestVersionOf(old_a) is module.A
    late = old_a()
    assert caring.latestVersionOf(late) is late and type(late) is module.A
    assert caring.latestVersionOf(caring.method) == caring.method and caring.latestVersionOf(3) == 3
    assert caring.latestVersionOf(a) is a
