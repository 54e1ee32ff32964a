"""
What commands that run services share: how they end, log, and say that they run.
"""
