"""
The project's front door: one process and one reactor that serve every protocol there is, each tried by its own client.

``stand`` is what a service is given and what it gives back, ``streams`` the ways a byte stream can come, ``__main__``
opens everything. Each module of ``services`` is a protocol; a new one is found by being there.
"""
