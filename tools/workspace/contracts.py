"""
A contract for import-linter: a distribution imports what it depends on.

The layers of subjects see modules, not distributions; they cannot say that ``protocols.basic`` is core's while
``protocols.amp`` is not. Here each module is traced to its package.
"""

from __future__ import annotations

from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from tools.workspace import merging


class OwnersContract(Contract):
    """
    Options:
        tree: the merged tree of links that the modules are read from.
        may_import: one line a package: ``mail: core cred``.
        exceptions: ``importing module -> package`` for what an extra brings.
    """

    tree = fields.StringField()
    may_import = fields.ListField(subfield=fields.StringField())
    exceptions = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        tree = Path(str(self.tree)).absolute()
        root = tree.parent.parent
        allowed = read_table(lines_of(self.may_import))
        exceptions = {tuple(part.strip() for part in line.split("->")) for line in lines_of(self.exceptions)}
        owners = {module: owner_of(module, tree, root) for module in sorted(graph.modules)}
        broken = []
        for module, owner in owners.items():
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                other = owners.get(imported)
                if None in (owner, other) or owner == other or other in allowed.get(owner or "", set()):
                    continue
                if (module, other) not in exceptions:
                    lines = [one["line_number"] for one in graph.get_import_details(importer=module, imported=imported)]
                    broken.append(f"{module} of {owner} imports {imported} of {other} (l.{lines[0] if lines else '?'})")
        unknown = sorted({owner for owner in owners.values() if owner and owner not in allowed})
        broken += [f"packages/{name} has no line in may_import: add one to pyproject.toml" for name in unknown]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line)


def lines_of(field: object) -> list[str]:
    """What a list of strings holds, once import-linter has read it; nothing when it was not given."""
    return [str(line) for line in field] if isinstance(field, list) else []


def read_table(lines: list[str]) -> dict[str, set[str]]:
    """Read ``name: others`` lines."""
    return {name.strip(): set(others.split()) for name, _, others in (line.partition(":") for line in lines)}


def owner_of(module: str, tree: Path, root: Path) -> str | None:
    """The package whose file a module is; folders without ``__init__.py`` are nobody's."""
    path = tree.joinpath(*module.split("."))
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.exists():
            return merging.owner(file, root)
    return None
