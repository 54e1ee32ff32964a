"""
What the demo serves. Each module has a list ``SERVICES`` of `Service`.
"""
