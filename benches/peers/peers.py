"""joblib.Memory and diskcache, asked over standard input, one JSON line each way.

Asked {"peer": ..., "seeds": [...]}, answers with the seconds that these calls took. The first line
tells which peers are here, with their versions. Whether calls hit or miss is for the asker to know.
"""

import json
import os
import sys
import time


def simulate(seed, scale):
    mean = seed * scale
    return {
        "seed": seed,
        "mean": mean,
        "low": mean - 1.0,
        "high": mean + 1.0,
        "text": f"{seed:060}",
    }


def joblib_memory(directory):
    import joblib

    memory = joblib.Memory(directory, verbose=0)
    return joblib.__version__, memory.cache(simulate)


def diskcache_memoize(directory):
    import diskcache

    cache = diskcache.Cache(directory)
    return diskcache.__version__, cache.memoize(name="simulate")(simulate)


def main():
    directory, scale = sys.argv[1], float(sys.argv[2])
    calls, versions = {}, {}
    for name, peer in {"joblib": joblib_memory, "diskcache": diskcache_memoize}.items():
        try:
            versions[name], calls[name] = peer(os.path.join(directory, name))
        except ImportError:
            pass
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        call = calls[asked["peer"]]
        start = time.perf_counter()
        for seed in asked["seeds"]:
            call(seed, scale)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
