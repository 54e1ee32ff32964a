"""Services in one parent, started and stopped: ``twisted_services.py COUNT KIND SECONDS``; prints JSON."""

import json
import sys
import time

from twisted.application.service import MultiService, Service

count, kind, limit = int(sys.argv[1]), {"one": Service, "many": MultiService}[sys.argv[2]], float(sys.argv[3])


def work():
    parent = MultiService()
    for _ in range(count):
        kind().setServiceParent(parent)
    parent.startService()
    stopping = parent.stopService()
    assert stopping.called
    return count


work()
operations, cpu, wall = 0, time.process_time(), time.perf_counter()
while (spent := time.process_time() - cpu) < limit:
    operations += work()
print(json.dumps({"operations": operations, "cpu": spent, "seconds": time.perf_counter() - wall}))
