"""
Fuzzing the parsers: ``python -m tools.fuzz http1_requests --seconds 60``.

A target is a module here. Its `SEEDS` names a folder of inputs to begin with, relative to the checkout, and its `check`
takes bytes and raises if anything is wrong. Inputs are made from the seeds by cutting, repeating, exchanging and
mixing; with atheris installed (``--coverage``) it decides which ways are new. What fails is written beside the seeds,
where the tests find it.
"""
