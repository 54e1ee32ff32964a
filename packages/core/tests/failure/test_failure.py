"""Exceptions that can be kept, asked about, printed and sent elsewhere."""

from __future__ import annotations

import copy
import io
import pdb
import pickle
import traceback
from collections.abc import Generator
from typing import Any

import pytest

from twisted.python import failure as failure_module
from twisted.python.failure import Failure, NoCurrentExceptionError, format_frames


class Mine(LookupError):
    """Known by name."""


def inner(value: int) -> None:
    local = [value]
    raise Mine("went wrong", local[0])


def caught(**options: Any) -> Failure:
    try:
        inner(7)
    except Mine:
        return Failure(**options)
    raise AssertionError


NAME = f"{__name__}.Mine"


def lines_of(failure: Failure) -> tuple[int, int]:
    return failure.frames[0][2], failure.frames[1][2]


def test_it_holds_the_exception_being_handled() -> None:
    failure = caught()

    assert failure.type is Mine
    assert failure.value.args == ("went wrong", 7)
    assert failure.tb is failure.value.__traceback__
    assert failure.captureVars is False
    assert [frame[0] for frame in failure.frames] == ["caught", "inner"]
    assert failure.frames[1] == ("inner", __file__, failure.frames[1][2], (), ())


def test_without_an_exception_it_is_refused() -> None:
    with pytest.raises(NoCurrentExceptionError):
        Failure()
    with pytest.raises(NoCurrentExceptionError):
        Failure(None, ValueError)


def test_it_takes_exceptions_their_type_and_traceback() -> None:
    error = caught().value
    plain = Failure(error)
    assert (plain.type, plain.tb) == (Mine, error.__traceback__)
    other = Failure(error, KeyError)
    assert (other.type, other.tb) == (KeyError, None)
    assert Failure(error, Mine, error.__traceback__).tb is error.__traceback__
    assert Failure(KeyError()).tb is None
    assert Failure("text").type is str


def test_each_counts_on() -> None:
    first, second = Failure(KeyError()), Failure(KeyError())

    assert second.count == first.count + 1 == failure_module.count


def test_a_failure_of_a_failure_is_the_same_again() -> None:
    failure = caught()
    again = Failure(failure)

    assert (again.type, again.value, again.tb, again.count) == (failure.type, failure.value, failure.tb, failure.count)
    try:
        raise failure
    except BaseException:
        raised = Failure()
    assert raised.value is failure.value


def test_check_finds_the_first_that_fits() -> None:
    failure = caught()

    assert failure.check(KeyError, LookupError, Mine) is LookupError
    assert failure.check(KeyError, ValueError) is None
    assert failure.check(Mine) is Mine
    assert failure.check() is None


def test_check_knows_names() -> None:
    failure = caught()

    assert failure.check(NAME) == NAME
    assert failure.check("builtins.LookupError", Mine) == "builtins.LookupError"
    assert failure.check("Mine") is None
    assert failure.check(object) is None  # type: ignore[type-var]
    assert failure.check((KeyError, Mine)) is None  # type: ignore[type-var]


def test_check_takes_a_class_of_the_same_name_for_the_same() -> None:
    twin = type("Mine", (Exception,), {"__module__": __name__})

    assert caught().check(twin) is twin


def test_trap_goes_on_or_raises() -> None:
    failure = caught()

    assert failure.trap(KeyError, Mine) is Mine
    with pytest.raises(Mine) as raised:
        failure.trap(KeyError)
    assert raised.value is failure.value


def test_raise_exception_keeps_the_traceback() -> None:
    failure = caught()

    with pytest.raises(Mine) as raised:
        failure.raiseException()

    assert [entry.name for entry in traceback.extract_tb(raised.value.__traceback__)][-2:] == ["caught", "inner"]


def test_it_is_thrown_into_generators() -> None:
    def generator() -> Generator[Any, Any, None]:
        try:
            yield 1
        except Mine as error:
            yield [entry.name for entry in traceback.extract_tb(error.__traceback__)]

    waiting = generator()
    next(waiting)

    assert caught().throwExceptionIntoGenerator(waiting)[-1] == "inner"


def test_parents_are_names_and_can_be_set() -> None:
    failure = caught()
    assert failure.parents == [
        NAME,
        "builtins.LookupError",
        "builtins.Exception",
        "builtins.BaseException",
        "builtins.object",
    ]

    failure.parents = ["far.away.Error"]

    assert failure.check("far.away.Error") == "far.away.Error"
    assert failure.check(Mine) is None
    assert Failure("text").parents == [str]


def test_the_default_traceback_reads_like_pythons() -> None:
    failure = caught()
    outer_line, inner_line = lines_of(failure)

    assert failure.getTraceback() == (
        "Traceback (most recent call last):\n"
        f'  File "{__file__}", line {outer_line}, in caught\n'
        "    inner(7)\n"
        f'  File "{__file__}", line {inner_line}, in inner\n'
        '    raise Mine("went wrong", local[0])\n'
        f"{NAME}: ('went wrong', 7)\n"
    )
    assert failure.getTraceback(elideFrameworkCode=1) == failure.getTraceback()


def test_the_brief_traceback() -> None:
    failure = caught()
    outer_line, inner_line = lines_of(failure)

    assert failure.getBriefTraceback() == (
        f"Traceback: {Mine}: ('went wrong', 7)\n{__file__}:{outer_line}:caught\n{__file__}:{inner_line}:inner\n"
    )
    assert str(failure) == f"[Failure instance: {failure.getBriefTraceback()}]"


def test_the_verbose_traceback_without_variables() -> None:
    failure = caught()
    outer_line, inner_line = lines_of(failure)

    assert failure.getTraceback(detail="verbose") == (
        f"*--- Failure #{failure.count} ---\n"
        f"{__file__}:{outer_line}: caught(...)\n{__file__}:{inner_line}: inner(...)\n"
        " [Capture of Locals and Globals disabled (use captureVars=True)]\n"
        f"{NAME}: ('went wrong', 7)\n"
        f"*--- End of Failure #{failure.count} ---\n"
    )


def test_the_verbose_traceback_with_variables() -> None:
    text = caught(captureVars=True).getTraceback(detail="verbose")

    assert " [ Locals ]\n  value : 7\n  local : [7]\n ( Globals )\n  __name__ : " in text


def test_without_frames_it_says_so() -> None:
    failure = Failure(KeyError("k"))

    assert failure.getTraceback() == "Traceback (most recent call last):\nFailure: builtins.KeyError: 'k'\n"
    assert failure.getBriefTraceback() == "Traceback (failure with no frames): <class 'KeyError'>: 'k'\n"
    assert failure.getTraceback(detail="verbose") == (
        f"*--- Failure #{failure.count} ---\n"
        "Failure: builtins.KeyError: 'k'\n"
        f"*--- End of Failure #{failure.count} ---\n"
    )


def test_it_prints_to_files() -> None:
    failure = caught()
    for method, detail in (
        (failure.printTraceback, "default"),
        (failure.printBriefTraceback, "brief"),
        (failure.printDetailedTraceback, "verbose"),
    ):
        file = io.StringIO()
        method(file)
        assert file.getvalue() == failure.getTraceback(detail=detail)


def test_messages_survive_exceptions_that_have_none() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    failure = Failure(Mute())

    assert "RuntimeError: no words" in failure.getErrorMessage()
    assert "Mute" in repr(failure)
    assert Failure(KeyError("k")).getErrorMessage() == "'k'"


def test_repr_is_short() -> None:
    assert repr(caught()) == f"<twisted.python.failure.Failure {NAME}: ('went wrong', 7)>"


def test_variables_are_live_until_it_is_cleaned() -> None:
    failure = caught(captureVars=True)
    assert failure.frames[1][3] == [("value", 7), ("local", [7])]

    failure.cleanFailure()

    assert failure.tb is None and failure.value.__traceback__ is None
    assert failure.frames[1][3] == [("value", "7"), ("local", "[7]")]
    assert failure.pickled == 1
    assert f"*--- Failure #{failure.count} (pickled) ---" in failure.getTraceback(detail="verbose")


def test_cleaning_keeps_frames_without_variables_too() -> None:
    failure = caught()
    before = failure.getTraceback()

    failure.cleanFailure()

    assert failure.getTraceback() == before


def test_it_is_pickled_with_its_frames() -> None:
    failure = caught()

    loaded = pickle.loads(pickle.dumps(failure))

    assert isinstance(loaded, Failure)
    assert (loaded.tb, loaded.pickled, failure.pickled) == (None, 1, 0)
    assert loaded.getTraceback() == failure.getTraceback()
    assert (loaded.type, loaded.value.args, loaded.count) == (Mine, failure.value.args, failure.count)
    assert loaded.check(LookupError) and loaded.parents == failure.parents


def test_variables_are_pickled_as_text() -> None:
    class Secret:
        def __repr__(self) -> str:
            return "<secret>"

    def failing() -> Failure:
        secret = Secret()
        try:
            raise KeyError(1)
        except KeyError:
            assert secret
            return Failure(captureVars=True)

    loaded = pickle.loads(pickle.dumps(failing()))

    assert ("secret", "<secret>") in loaded.frames[0][3]


def test_copies_are_equal_in_what_they_say() -> None:
    failure = caught()

    assert copy.copy(failure).getTraceback() == copy.deepcopy(failure).getTraceback() == failure.getTraceback()


def test_what_looks_like_a_traceback_can_be_had_without_one() -> None:
    failure = caught()
    assert failure.getTracebackObject() is failure.tb
    line = failure.frames[1][2]
    failure.cleanFailure()

    first = failure.getTracebackObject()
    assert first is not None and first.tb_next is not None
    second = first.tb_next

    assert (second.tb_lineno, second.tb_frame.f_lineno, second.tb_next) == (line, line, None)
    assert second.tb_frame.f_code.co_name == "inner"
    assert second.tb_frame.f_code.co_filename == __file__
    assert second.tb_frame.f_back is first.tb_frame
    assert [entry.name for entry in traceback.extract_tb(first)] == ["caught", "inner"]
    assert Failure(KeyError()).getTracebackObject() is None


def test_frames_can_be_set() -> None:
    failure = caught()
    failure.frames = [("function", "file.py", 5, [("a", 1)], [])]

    assert '  File "file.py", line 5, in function\n    \n' in failure.getTraceback()


def test_the_stack_is_deprecated_and_empty() -> None:
    failure = caught()
    with pytest.warns(DeprecationWarning, match="Failure.stack was deprecated"):
        assert failure.stack == []
    failure.stack = [("f", "file", 1, (), ())]
    with pytest.warns(DeprecationWarning):
        assert failure.stack == [("f", "file", 1, (), ())]


def test_formatting_frames_needs_a_known_detail() -> None:
    frames = [("f", "a.py", 3, [("x", 1)], [("y", 2)])]

    def formatted(detail: str) -> str:
        pieces: list[str] = []
        format_frames(frames, pieces.append, detail)
        return "".join(pieces)

    assert formatted("brief") == "a.py:3:f\n"
    assert formatted("default") == '  File "a.py", line 3, in f\n    \n'
    assert formatted("verbose") == "a.py:3: f(...)\n [ Locals ]\n  x : 1\n ( Globals )\n  y : 2\n"
    assert formatted("verbose-vars-not-captured").startswith("a.py:3: f(...)\n [Capture")
    with pytest.raises(ValueError, match="'loud'"):
        formatted("loud")


def test_debug_mode_jumps_into_the_debugger_for_current_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    jumped: list[Any] = []
    monkeypatch.setattr(pdb, "post_mortem", jumped.append)
    monkeypatch.setattr(Failure, "__init__", Failure.__init__)
    failure_module.startDebugMode()

    failure = caught()
    assert failure.captureVars is False
    Failure(KeyError())
    assert jumped == [failure.tb]

    monkeypatch.setattr(failure_module, "DO_POST_MORTEM", False)
    caught()
    assert jumped == [failure.tb]


def test_the_stack_of_a_state_is_kept_if_there_is_one() -> None:
    failure = caught()
    state = failure.__getstate__()
    assert state["stack"] == []

    empty, full = Failure.__new__(Failure), Failure.__new__(Failure)
    empty.__setstate__(state)
    full.__setstate__({**state, "stack": [("f", "x.py", 3, [], [])]})

    assert "stack" not in vars(empty) and vars(full)["stack"] == [("f", "x.py", 3, [], [])]
    assert full.__getstate__()["stack"] == [("f", "x.py", 3, [], [])]


def test_constants_that_others_read() -> None:
    assert failure_module.EXCEPTION_CAUGHT_HERE == "--- <exception caught here> ---"
    assert failure_module.traceupLength == 4
    assert issubclass(failure_module.DefaultException, Exception)


def test_every_way_to_a_text_goes_by_what_a_subclass_prints() -> None:
    class FromElsewhere(Failure):
        def printTraceback(self, file: Any = None, elideFrameworkCode: bool = False, detail: str = "default") -> None:
            file.write(f"what they sent, {detail}")

    failure = FromElsewhere(ValueError("a"))
    file = io.StringIO()
    failure.printDetailedTraceback(file)

    assert failure.getTraceback() == "what they sent, default"
    assert failure.getBriefTraceback() == "what they sent, brief"
    assert file.getvalue() == "what they sent, verbose"
    assert str(failure) == "[Failure instance: what they sent, brief]"
