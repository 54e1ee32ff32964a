"""Services in one parent, started and stopped: ``twisted_services.py COUNT SECONDS``; prints JSON."""

import json
import sys
import time

from twisted.application.service import MultiService, Service

count, limit = int(sys.argv[1]), float(sys.argv[2])


def work():
    parent = MultiService()
    for _ in range(count):
        Service().setServiceParent(parent)
    parent.startService()
    stopping = parent.stopService()
    assert stopping.called
    return count


work()
operations, cpu, wall = 0, time.process_time(), time.perf_counter()
while (spent := time.process_time() - cpu) < limit:
    operations += work()
print(json.dumps({"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}))
