"""
Keeping objects in files.
"""
