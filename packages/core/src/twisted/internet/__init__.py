"""
The event loop, what it drives, and what programs write against it.
"""
