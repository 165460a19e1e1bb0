"""The clock around each workflow, for peers: stdlib only, runs in the peer's environment."""

import asyncio
import json
import statistics
import time


async def many(fn, n, concurrency):
    """Run fn(i) for i < n with `concurrency` in flight; (workflows/s, latencies in ms)."""
    latencies, numbers = [], iter(range(n))

    async def lane():
        for i in numbers:
            began = time.perf_counter()
            await fn(i)
            latencies.append((time.perf_counter() - began) * 1e3)

    began = time.perf_counter()
    await asyncio.gather(*[lane() for _ in range(concurrency)])
    return n / (time.perf_counter() - began), latencies


async def bench(fn, modes, repeat=3, warmup=20):
    """modes: (name, n, concurrency). Prints one JSON line per mode: the median rate of the repeats."""
    await many(fn, warmup, min(4, warmup))
    for name, n, concurrency in modes:
        rates, latencies = [], []
        for _ in range(repeat):
            rate, found = await many(fn, n, concurrency)
            rates.append(rate)
            latencies += found
        print(json.dumps({"mode": name, "per_second": statistics.median(rates),
                          "p50_ms": statistics.median(latencies)}), flush=True)
