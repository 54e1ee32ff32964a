"""
Tests of `twisted.trial` under pytest.

`plugin` is what pytest loads, always: it imports nothing but pytest. The other rooms are entered when a session has
something for them to do.
"""
