"""
What the demo serves. Each module has ``SERVICES``: functions that take a `Stand` and give a coroutine of a `Stall`.
"""
