A pytest plugin: test cases of trial have under pytest the outcomes they have under `trial`; test functions may be coroutines or return Deferreds; fixtures `reactor`, `clock` and `memory_reactor`.
