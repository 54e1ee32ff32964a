"""
The rooms behind `twisted.internet.base` and the reactors.

`delayed` has timers, `events` the phases of starting and stopping, `waking` and `signals` what interrupts a sleep,
`connecting` and `resolving` what connections need, `core` the object that holds them together, `posix` the methods that
make sockets, and `readiness` the loop over file descriptors.
"""
