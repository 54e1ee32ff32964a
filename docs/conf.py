"""
The manual's settings. Build it with ``python3 tools/dev.py docs``.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.docs import reference  # noqa: E402  (not before the path is set)

project = "twisted"
author = "the project's contributors"
html_title = "The manual"
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    # autodoc leaves zope interfaces out without a word.
    "repoze.sphinx.autointerface",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px"}

# In signatures and docstrings, `Name` is a name of ours or of Python; not all of them have a page.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# Attributes that a docstring lists are fields of their class, or those which also have a value would be there twice.
napoleon_use_ivar = True
myst_enable_extensions = ["colon_fence", "deflist"]
# Docstrings are written to be read in a terminal: they are prose with backticks, not a markup to be held to.
suppress_warnings = ["docutils", "ref.python", "autodoc", "app.add_node"]

# The API's pages follow from the modules there are; they are written before each build.
reference.write(ROOT, Path(__file__).parent / "api" / "modules")
