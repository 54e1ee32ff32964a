"""
What ``tools/dev.py`` does, one idea a module.

``layout`` knows the packages, ``environment`` and ``installing`` make ``.venv``, ``steps`` runs programs and shows
progress, ``commands`` lists what can be asked for; every other module is one of these commands.
"""
