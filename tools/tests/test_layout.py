"""
Which packages there are, and what they say of themselves.
"""

from __future__ import annotations

import pytest

from .conftest import Workspace
from tools.workspace import merging, oldest
from tools.workspace.contracts import read_table
from tools.workspace.installing import wanted
from tools.workspace.layout import flatten, package, packages, required_name
from tools.workspace.steps import Trouble


def test_a_new_folder_is_a_new_package(workspace: Workspace) -> None:
    workspace.add("core")
    assert [one.name for one in packages(workspace.root)] == ["core"]

    workspace.add("mail", extras='tls = ["pyOpenSSL"]')
    assert [one.name for one in packages(workspace.root)] == ["core", "mail"]
    assert package(workspace.root, "mail").extra_requirements == ["pyOpenSSL"]
    assert package(workspace.root, "twisted-mail").test_requirements == ["hypothesis", "pytest"]


def test_an_unknown_package_is_refused_with_those_there_are(workspace: Workspace) -> None:
    workspace.add("core")

    with pytest.raises(Trouble, match=r"no package 'mial'.*core"):
        package(workspace.root, "mial")


def test_all_packages_are_installed_by_one_command(workspace: Workspace) -> None:
    core = workspace.add("core", extras='tls = ["pyOpenSSL", "idna"]\nserial = ["pyserial"]')
    application = workspace.add(
        "application", dependencies='"twisted-core>=26.11.0"', extras='x = ["twisted-core[tls]"]'
    )

    lists = wanted(workspace.root)

    assert lists["packages"] == ["--editable", str(application), "--editable", str(core)]
    assert lists["tools"] == ["ruff", "hypothesis", "pytest", "pyOpenSSL", "idna", "pyserial"]


def test_siblings_are_not_sought_among_the_tools(workspace: Workspace) -> None:
    workspace.add("core")
    settings = workspace.root / "packages/core/pyproject.toml"
    settings.write_text(settings.read_text().replace('"pytest"', '"pytest", "twisted-core[tls]"'))

    assert wanted(workspace.root)["tools"] == ["ruff", "hypothesis", "pytest"]


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("twisted-core>=26.11.0", "twisted-core"),
        ("Twisted_Core[tls]", "twisted-core"),
        ("zope.interface>=6; python_version < '3.11'", "zope-interface"),
        ("attrs", "attrs"),
        ("x @ file:///y", "x"),
    ],
)
def test_a_requirement_names_a_distribution(requirement: str, name: str) -> None:
    assert required_name(requirement) == name


def test_groups_include_groups() -> None:
    groups = {"a": ["one", {"include-group": "b"}], "b": ["two", {"include-group": "c"}], "c": ["three"]}

    assert flatten(groups, "a") == ["one", "two", "three"]
    assert flatten(groups, "missing") == []


def test_merging_links_every_module_and_knows_its_owner(workspace: Workspace) -> None:
    workspace.add("core")
    workspace.add("mail")
    workspace.write("packages/core/src/twisted/protocols/basic.py", "")
    workspace.write("packages/mail/src/twisted/protocols/amp.py", "")

    merged = merging.merge(workspace.root, workspace.root / "build" / "merged")

    assert merging.owner(merged / "twisted/protocols/basic.py", workspace.root) == "core"
    assert merging.owner(merged / "twisted/protocols/amp.py", workspace.root) == "mail"


def test_two_packages_may_not_ship_one_file(workspace: Workspace) -> None:
    workspace.add("core")
    workspace.add("mail")
    for name in ("core", "mail"):
        workspace.write(f"packages/{name}/src/twisted/protocols/__init__.py", "")

    with pytest.raises(Trouble, match=r"protocols/__init__\.py is in packages/core and in packages/mail"):
        merging.merge(workspace.root, workspace.root / "build" / "merged")


def test_the_cache_of_plugins_is_nobody_s(workspace: Workspace) -> None:
    for name in ("core", "mail"):
        workspace.add(name)
        workspace.write(f"packages/{name}/src/twisted/plugins/dropin.cache", "")

    merged = merging.merge(workspace.root, workspace.root / "build" / "merged")

    assert list(merged.rglob("dropin.cache")) == []


def test_the_oldest_core_is_what_a_package_declares(workspace: Workspace) -> None:
    workspace.add("core")
    workspace.add("mail", dependencies='"attrs", "twisted-core >= 26.12.0, <28"')

    assert oldest.declared(package(workspace.root, "mail")) == "26.12.0"
    assert oldest.declared(package(workspace.root, "core")) is None


def test_a_package_has_to_declare_an_oldest_core(workspace: Workspace) -> None:
    workspace.add("mail", dependencies='"twisted-core"')

    with pytest.raises(Trouble, match="oldest"):
        oldest.declared(package(workspace.root, "mail"))


def test_a_contract_s_table_is_read_line_by_line() -> None:
    assert read_table(["core:", "mail: core cred"]) == {"core": set(), "mail": {"core", "cred"}}
