"""
Running other programs: watching over them, and starting one for each connection.
"""
