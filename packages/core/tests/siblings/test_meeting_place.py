"""How separately released packages share the name ``twisted``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import twisted

CORE = str(Path(twisted.__file__).parent.parent)


def run(program: str, *path: object, last: tuple[object, ...] = ()) -> str:
    """What a program prints in a fresh interpreter whose path begins with *path* and core, and ends with *last*."""
    head = [*map(str, path), CORE]
    script = (
        "import sys\n"
        # What is installed beside core, as links into a checkout, must not answer.
        f"sys.path[:] = {head!r} + [entry for entry in sys.path if '/packages/' not in entry] + {[*map(str, last)]!r}\n"
        + program
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=os.sep)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A distribution that adds a module of its own, and one to the shared folder."""
    for name in ("twisted/shop", "twisted/protocols"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "twisted/shop/__init__.py").write_text("what = 'a shop'\n")
    (tmp_path / "twisted/protocols/haggling.py").write_text("what = 'a protocol'\n")
    return tmp_path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Another, whole Twisted."""
    (tmp_path / "other/twisted/words").mkdir(parents=True)
    (tmp_path / "other/twisted/__init__.py").write_text("")
    (tmp_path / "other/twisted/words/__init__.py").write_text("what = 'foreign'\n")
    return tmp_path / "other"


def test_another_distributions_folders_are_merged(package: Path) -> None:
    program = (
        "import twisted.shop, twisted.protocols.haggling, twisted.protocols.basic\n"
        "print(twisted.shop.what, twisted.protocols.haggling.what)"
    )

    assert run(program, last=(package,)) == "a shop a protocol"
    assert run(program, package) == "a shop a protocol"


@pytest.mark.parametrize(
    ("statement", "distribution"),
    [
        ("import twisted.words", "twisted-words"),
        ("import twisted.web.server", "twisted-web"),
        ("from twisted import words", "twisted-words"),
        ("from twisted.protocols import amp", "twisted-protocols"),
        ("import twisted.protocols.ftp", "twisted-protocols"),
    ],
)
def test_what_is_not_installed_is_named_with_what_installs_it(statement: str, distribution: str) -> None:
    program = f"try:\n    {statement}\nexcept ImportError as why:\n    print(type(why).__name__, why)"

    told = run(program)

    assert told.startswith("ModuleNotFoundError") and f"pip install {distribution}" in told


def test_a_module_that_nobody_has_is_plainly_missing() -> None:
    told = run("try:\n    import twisted.nothing\nexcept ModuleNotFoundError as why:\n    print(why, '|', why.name)")

    assert told == "No module named 'twisted.nothing' | twisted.nothing"


def test_asking_whether_a_package_is_there_raises_nothing() -> None:
    assert run("from importlib.util import find_spec\nimport twisted\nprint(find_spec('twisted.mail'))") == "None"


def test_another_twisted_lends_nothing_and_is_named(foreign: Path) -> None:
    told = run("try:\n    import twisted.words\nexcept ModuleNotFoundError as why:\n    print(why)", last=(foreign,))

    assert "pip install twisted-words" in told and str(foreign / "twisted") in told
    assert "another Twisted" in told


def test_the_version_is_there_when_it_is_asked_for() -> None:
    from twisted._version import __version__

    assert twisted.__version__ == __version__.public() and twisted.version is __version__
    assert run("import sys, twisted\nprint('incremental' in sys.modules, twisted.__version__)") == (
        f"False {__version__.public()}"
    )
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        twisted.nothing  # noqa: B018  (asking is the point)


def test_metadata_of_twisted_is_there_without_the_umbrella() -> None:
    from twisted._umbrella import UmbrellaDistribution

    told = UmbrellaDistribution()

    assert told.version == twisted.__version__ and told.metadata["Name"] == "twisted"
    assert told.files is None and told.requires is None
    with pytest.raises(FileNotFoundError):
        told.locate_file("x")


def test_only_twisteds_metadata_is_answered_for() -> None:
    program = (
        "import sys, twisted\n"
        "from importlib.metadata import DistributionFinder\n"
        "finder = [one for one in sys.meta_path if type(one).__module__ == 'twisted._siblings']\n"
        "ask = lambda name: len(list(finder[0].find_distributions(DistributionFinder.Context(name=name))))\n"
        "print(len(finder), finder[0] is sys.meta_path[-1], ask('twisted'), ask('twisted-core'), ask(None))"
    )

    assert run(program) == "1 True 1 0 0"
