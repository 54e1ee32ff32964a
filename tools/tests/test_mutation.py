"""
Planting faults: which there are, what they look like, and that tests are told apart by what they see.
"""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from .conftest import ROOT, Workspace
from tools.workspace import mutation
from tools.workspace.mutation import REMOVAL, Fault, draw, faults_of, idle_lines, planted, statement_lines
from tools.workspace.reach import Reach, load, save
from tools.workspace.steps import Trouble

SOURCE = '''"""A module."""
LIMIT = 10


def clip(number, log):
    log.append(number)
    if number > LIMIT:
        log.count = (
            1
        )
        return LIMIT
    return number
'''


def module(tmp_path: Path, source: str = SOURCE) -> Path:
    path = tmp_path / "src" / "m.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return path


def test_conditions_numbers_and_statements_can_be_wrong(tmp_path: Path) -> None:
    faults = list(faults_of(module(tmp_path), "m.py"))

    assert {fault.line for fault in faults if fault.operator == REMOVAL} == {6, 8}
    assert any(fault.line == 2 and fault.operator == "NumberReplacer" for fault in faults)
    assert any(fault.line == 7 and fault.operator.startswith("ReplaceComparisonOperator_Gt") for fault in faults)


def test_every_fault_changes_the_module_and_leaves_it_lawful(tmp_path: Path) -> None:
    for fault in faults_of(module(tmp_path), "m.py"):
        changed = planted(SOURCE, fault)

        assert changed != SOURCE
        assert fault.operator != REMOVAL or changed.count("\n") == SOURCE.count("\n")
        compile(changed, "m.py", "exec")


def test_errors_named_by_their_module_are_left_alone_and_others_beside_them_are_not(tmp_path: Path) -> None:
    source = "def f(do, ssl):\n    try:\n        do()\n    except (ssl.Error, OSError):\n        do()\n"
    source += "    except ssl.Other:\n        do()\n"
    faults = [one for one in faults_of(module(tmp_path, source), "m.py") if one.operator == "ExceptionReplacer"]

    assert len(faults) == 1 and "(ssl.Error, CosmicRayTestingException)" in planted(source, faults[0])


def test_a_statement_left_out_is_the_one_that_was_named(tmp_path: Path) -> None:
    second = planted(SOURCE, Fault("m.py", 8, REMOVAL, 1))

    assert "log.append(number)" in second
    assert "log.count" not in second


def test_the_seed_decides_which(tmp_path: Path) -> None:
    module(tmp_path)

    assert draw(tmp_path, "*", 1, 5) == draw(tmp_path, "*", 1, 5)
    assert draw(tmp_path, "*", 1, 5) != draw(tmp_path, "*", 2, 5)
    assert len(draw(tmp_path, "src/*", 1, 10_000)) == len(set(draw(tmp_path, "*", 1, 10_000)))


def test_what_only_a_type_checker_reads_has_no_faults() -> None:
    source = (
        "if TYPE_CHECKING:\n    from a import b\n@overload\ndef f(x: int = 1) -> int: ...\n"
        "class I(Interface):\n    def g(a=1):\n        'text'\nx = 1\n"
    )

    assert idle_lines(source) == {1, 2, 3, 4, 5, 6, 7}


def test_a_line_inside_a_statement_belongs_to_all_of_it() -> None:
    assert statement_lines(SOURCE, 9) == range(8, 11)
    assert statement_lines(SOURCE, 7) == range(7, 8)


def test_the_tests_of_a_line_are_those_that_run_it_or_else_anything_of_its_module(tmp_path: Path) -> None:
    reach = Reach({"m.py": {0: {"t::a", "t::b"}, 2: set(), 6: {"t::a"}}}, 1.0)
    save(reach, tmp_path / "reach.json")

    for one in (reach, load(tmp_path / "reach.json")):
        assert one.tests_of("m.py", range(6, 7)) == {"t::a"}
        assert one.tests_of("m.py", range(2, 3)) == {"t::a", "t::b"}
        assert one.tests_of("m.py", range(9, 10)) == {"t::a", "t::b"}
        assert one.ran("m.py", range(2, 7)) and not one.ran("m.py", range(9, 10))
        assert one.tests_of("n.py", range(1, 2)) == set()


def test_what_runs_at_import_is_everybodys_even_if_the_program_of_one_test_imports_it_too(tmp_path: Path) -> None:
    reach = Reach({"m.py": {0: {"t::a", "t::b"}, 2: {"t::a"}, 3: {"t::a"}}}, at_import={"m.py": {2}})
    save(reach, tmp_path / "reach.json")

    for one in (reach, load(tmp_path / "reach.json")):
        assert one.tests_of("m.py", range(2, 3)) == {"t::a", "t::b"}
        assert one.tests_of("m.py", range(3, 4)) == {"t::a"}


def test_tests_that_take_less_come_first_file_by_file() -> None:
    reach = Reach(taken={"a::x": 0.5, "a::y": 0.25, "b::x": 0.5})

    assert reach.in_order({"a::x", "a::y", "b::x"}) == ["b::x", "a::x", "a::y"]
    assert reach.seconds_of({"a::x", "a::y", "unknown"}) == 0.75


def test_a_run_finds_what_tests_see_and_goes_on_where_it_was(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.add("core")
    (workspace.root / "packages" / "conftest.py").write_text("")
    workspace.write("packages/core/src/clipping.py", SOURCE + "\n\ndef forgotten(a):\n    return a + 1\n")
    workspace.write(
        "packages/core/tests/test_clip.py",
        "from clipping import clip\n\n\nclass Log(list):\n    count = 0\n\n\n"
        "def test_clip():\n    log = Log()\n    assert [clip(n, log) for n in (9, 10, 11)] == [9, 10, 10]\n"
        "    assert log == [9, 10, 11] and log.count == 1\n",
    )
    before = (workspace.root / "packages/core/src/clipping.py").read_text()
    options = Namespace(package="core", count=5, seed=3, module="*clipping.py", minutes=5, fresh=False)

    mutation.run(workspace.root, options)
    first = capsys.readouterr()
    monkeypatch.setattr(mutation.Runner, "try_fault", None)
    mutation.run(workspace.root, options)
    second = capsys.readouterr()

    assert re.search(r"\n\d of 5 faults were seen, \d+ of 100; \d were not\n$", first.out)
    assert "(unreached)\n    return a + 1\n" in first.out
    assert " seen " in first.err
    assert first.out == second.out
    assert (workspace.root / "packages/core/src/clipping.py").read_text() == before


def test_tests_that_fail_without_a_fault_are_named_and_left_out(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.add("core")
    (workspace.root / "packages" / "conftest.py").write_text("")
    workspace.write("packages/core/src/limits.py", "def limit():\n    return 2 > 1\n")
    workspace.write(
        "packages/core/tests/test_x.py", "def test_x():\n    import limits\n    limits.limit()\n    assert 0\n"
    )
    options = Namespace(package="core", count=1, seed=1, module="*limits.py", minutes=5, fresh=False)

    mutation.run(workspace.root, options)

    told = capsys.readouterr()
    assert "left out:\n  packages/core/tests/test_x.py::test_x\n" in told.err
    assert "0 of 1 faults were seen" in told.out


def test_tests_that_cannot_be_run_end_it(workspace: Workspace) -> None:
    workspace.add("core")
    (workspace.root / "packages" / "conftest.py").write_text("")
    workspace.write("packages/core/tests/test_x.py", "this is no Python\n")
    options = Namespace(package="core", count=1, seed=1, module="*", minutes=5, fresh=False)

    with pytest.raises(Trouble, match="cannot be run without any fault"):
        mutation.run(workspace.root, options)


def test_the_checkout_s_own_tools_are_found_by_the_measuring_run() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import tools.workspace.reach"], cwd=ROOT, capture_output=True, check=False
    )

    assert found.returncode == 0, found.stderr


def test_annotations_have_no_faults_and_values_beside_them_do(tmp_path: Path) -> None:
    source = "LIMIT: int | None = 1\n\n\ndef f(a: int | None = 1) -> str | None:\n    return a | 4\n"

    faults = list(faults_of(module(tmp_path, source), "m.py"))

    changed = [planted(source, fault).splitlines() for fault in faults]
    assert all("LIMIT: int | None" in lines[0] and "a: int | None" in lines[3] for lines in changed)
    assert all(lines[3].endswith("-> str | None:") for lines in changed)
    assert {fault.line for fault in faults if fault.operator == "ReplaceBinaryOperator_BitOr_Add"} == {5}


def test_what_a_program_runs_that_a_test_starts_counts_for_the_test(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.add("core")
    (workspace.root / "packages" / "conftest.py").write_text("")
    workspace.write("packages/core/src/limits.py", "def limit():\n    return not 2 > 1\n")
    workspace.write(
        "packages/core/tests/test_x.py",
        "import subprocess, sys\n\n\ndef test_x():\n"
        "    program = 'import limits, sys; sys.exit(limits.limit() or len(sys.modules) > 5000)'\n"
        "    assert subprocess.run([sys.executable, '-c', program]).returncode == 0\n",
    )
    options = Namespace(package="core", count=1, seed=1, module="*limits.py", minutes=5, fresh=False)

    mutation.run(workspace.root, options)

    assert "1 of 1 faults were seen" in capsys.readouterr().out


def test_a_test_that_fails_only_while_it_is_measured_still_tells_faults(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.add("core")
    (workspace.root / "packages" / "conftest.py").write_text("")
    workspace.write("packages/core/src/limits.py", "def limit():\n    return not 2 > 1\n")
    workspace.write(
        "packages/core/tests/test_x.py",
        "import os\n\n\ndef test_x():\n    import limits\n"
        "    assert not limits.limit() and 'COVERAGE_PROCESS_START' not in os.environ\n",
    )
    options = Namespace(package="core", count=1, seed=1, module="*limits.py", minutes=5, fresh=False)

    mutation.run(workspace.root, options)

    told = capsys.readouterr()
    assert "left out" not in told.err
    assert "1 of 1 faults were seen" in told.out
