"""
Benchmarks: us, released Twisted, the best peer and the barest program that does the work, in one interleaved run.

The figure that counts is the CPU time (user and system) of the measured process per operation. Rates on a shared
machine compare luck; they stand beside it, with the share of a core the process had: a process that idles between
operations pays for its wake-ups.
"""
