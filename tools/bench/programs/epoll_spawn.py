"""The barest Python that starts a program with three pipes and waits for it: ``epoll_spawn.py ROW SECONDS``."""

import json
import os
import select
import sys
import time


def run(poller):
    actions, ours, theirs = [], [], []
    for number in range(3):
        reading, writing = os.pipe()
        child_end, our_end = (writing, reading) if number else (reading, writing)
        os.set_blocking(our_end, False)
        actions.append((os.POSIX_SPAWN_DUP2, child_end, number))
        ours.append(our_end)
        theirs.append(child_end)
    pid = os.posix_spawn("/bin/true", ["true"], os.environ, file_actions=actions)
    for descriptor in theirs:
        os.close(descriptor)
    watched = {os.pidfd_open(pid), *ours[1:]}
    for descriptor in watched:
        poller.register(descriptor, select.EPOLLIN)
    while watched:
        for descriptor, _ in poller.poll():
            if descriptor in ours:
                os.read(descriptor, 65536)
            watched.remove(descriptor)
            poller.unregister(descriptor)
            os.close(descriptor)
    os.waitpid(pid, 0)
    os.close(ours[0])


clock = time.process_time if sys.argv[1] == "spawn" else lambda: sum(os.times()[:4])
with select.epoll() as poller:
    seconds = float(sys.argv[2])
    operations, cpu, wall = 0, clock(), time.perf_counter()
    while (spent := clock() - cpu) < seconds:
        run(poller)
        operations += 1
print(json.dumps({"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}))
