"""
The rows of the table, one module a subject. A module's ``ROWS`` is found by its being here.
"""
