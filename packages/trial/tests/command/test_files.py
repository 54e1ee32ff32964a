from __future__ import annotations

from pathlib import Path

import pytest

from twisted.scripts import trial


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# -*- test-case-name: a.b -*-\n", {"test-case-name": "a.b"}),
        (
            "#!/usr/bin/python\n# -*- mode: python; test-case-name: a.b,c -*-\n",
            {"mode": "python", "test-case-name": "a.b,c"},
        ),
        ("\n\n# -*- test-case-name: a.b -*-\n", {}),
        ("", {}),
        ("# -*- nothing -*-\n", {}),
        ("# -*- test-case-name: a.b\n", {}),
    ],
)
def test_local_variables_are_in_the_first_two_lines(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    path = tmp_path / "it.py"
    path.write_text(text)

    assert trial.loadLocalVariables(str(path)) == expected


def test_a_file_may_name_its_tests(tmp_path: Path) -> None:
    path = tmp_path / "it.py"
    path.write_text("# -*- test-case-name: a.b,c.d -*-\n")
    assert trial.getTestModules(str(path)) == ["a.b", "c.d"]

    path.write_text("# -*- mode: python -*-\n")
    assert trial.getTestModules(str(path)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("test_it.py", True), ("a/b/test_it.py", True), ("it.py", False), ("test_it.pyc", False), ("test_/it.py", False)],
)
def test_files_of_tests_are_known_by_name(name: str, expected: bool) -> None:
    assert trial.isTestFile(name) is expected
