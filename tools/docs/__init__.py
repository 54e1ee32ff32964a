"""
What the manual is made with.
"""
