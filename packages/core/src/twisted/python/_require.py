"""
Optional dependencies, imported where they are first needed.
"""

from importlib import import_module
from types import ModuleType


def require(module: str, *, install: str, purpose: str) -> ModuleType:
    """
    Import an optional dependency, or say what to install and why.

    Args:
        module: The dotted name to import.
        install: What to hand to ``pip install``, for example ``twisted-core[tls]``.
        purpose: What needs it, as the subject of a sentence.

    Raises:
        ModuleNotFoundError: The module is not installed. The message names the ``pip install`` line.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise  # It is installed, and broken: another story.
        hint = f"{purpose} needs {module}: pip install '{install}'"
        raise ModuleNotFoundError(hint, name=module) from None
