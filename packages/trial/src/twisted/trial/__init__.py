"""
Tests of programs that wait for events: test cases, the `trial` command, and the same under pytest.
"""
