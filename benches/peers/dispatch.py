"""joblib.Parallel and concurrent.futures with tasks that do nothing, asked over standard input.

Asked {"peer": ..., "count": ...}, answers with the seconds that so many tasks took, from handing over
the first to holding the last result. The first line tells which peers are here.
"""

import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

JOBS = int(sys.argv[1])


def task(x):
    return x + 1


def futures(pool):
    def run(count):
        handles = [pool.submit(task, x) for x in range(count)]
        return [handle.result() for handle in handles]

    return run


def peers():
    peers = {
        "concurrent.futures, threads": futures(ThreadPoolExecutor(JOBS)),
        "concurrent.futures, processes": futures(ProcessPoolExecutor(JOBS)),
    }
    try:
        import joblib
    except ImportError:
        return peers

    def parallel(**how):
        run = joblib.Parallel(n_jobs=JOBS, **how)
        return lambda count: run(joblib.delayed(task)(x) for x in range(count))

    peers[f"joblib {joblib.__version__}, threads"] = parallel(backend="threading")
    peers[f"joblib {joblib.__version__}, processes"] = parallel(backend="loky")
    return peers


def main():
    run = peers()
    print(json.dumps(list(run)), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.perf_counter()
        results = run[asked["peer"]](asked["count"])
        took = time.perf_counter() - start
        assert results == [x + 1 for x in range(asked["count"])]
        print(took, flush=True)
    # Pools that are still there would be waited for one by one.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
