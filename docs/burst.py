#!/usr/bin/env python3
"""A room bursts from nothing to 1,000 messages a second: how many cold starts, how many fallbacks?

A simulation, for there is no measuring it without an account. What the handler takes is measured
(see performance.md); what Lambda and the network take is assumed, and said to be. Change either
and run it again: python3 docs/burst.py
"""

import heapq
import math
import random

# Measured, in milliseconds of a processor of one's own: `cargo bench -p chatwarden-handler --bench lambda`.
INIT = 1.6  # from exec to the first request for an event
FIRST = 0.3  # the first review
REVIEW = 0.23  # every later one

# Assumed, in milliseconds.
NETWORK = 5.0  # from IVS Chat to Lambda and back, without the function
TURN = 1.0  # what Lambda itself adds to how long an environment is busy
PLATFORM_SPREAD = 0.35  # of a cold start without the handler: log-normal around a median, by this sigma

# Facts. IVS Chat waits 200 ms. A function has a processor of its own at 1,769 MB, and at less memory
# a share of one, handed out in slices of 20 ms; it starts at full speed. A function may have 1,000
# new environments every ten seconds, and an account 1,000 at once.
LIMIT = 200.0
WHOLE_PROCESSOR = 1769
SLICE = 20.0
ENVIRONMENTS = 1000

RATE = 1000  # messages a second
SECONDS = 10


class Environment:
    """One environment of the function, and its share of a processor."""

    def __init__(self, share):
        self.quota = SLICE * share
        self.slice = 0
        self.used = 0.0
        self.next_work = FIRST

    def review(self, at):
        """How long a review takes that begins at this time."""
        work, self.next_work = self.next_work, REVIEW
        now = at
        while True:
            if now // SLICE > self.slice:
                self.slice, self.used = now // SLICE, 0.0
            left = self.quota - self.used
            end = (self.slice + 1) * SLICE
            if work <= left or self.quota >= SLICE:
                self.used += work
                return now + work - at
            work -= left
            now, self.slice, self.used = end, self.slice + 1, 0.0


def burst(memory, platform, provisioned, random):
    """One burst: messages, cold starts, fallbacks, the most environments at once."""
    share = memory / WHOLE_PROCESSOR
    # Started beforehand. The one that was free last is taken first, so that few do most.
    idle = [Environment(share) for _ in range(provisioned)]
    busy = []  # when an environment is free again, and which
    now, messages, cold, late, most = 0.0, 0, 0, 0, provisioned
    while now < SECONDS * 1000:
        now += random.expovariate(RATE / 1000)
        messages += 1
        while busy and busy[0][0] <= now:
            idle.append(heapq.heappop(busy)[2])
        start = 0.0
        if idle:
            environment = idle.pop()
        elif len(busy) < ENVIRONMENTS:
            cold += 1
            environment = Environment(share)
            start = random.lognormvariate(math.log(platform), PLATFORM_SPREAD) + INIT
        else:
            late += 1  # throttled: the function is not asked
            continue
        time = start + environment.review(now + start)
        late += NETWORK + time > LIMIT
        heapq.heappush(busy, (now + TURN + time, messages, environment))
        most = max(most, len(idle) + len(busy))
    return messages, cold, late, most


def main():
    print(f"{RATE:,} messages a second for {SECONDS} s, from nothing; median of 11 bursts\n")
    print("| memory | Lambda's own part of a cold start | provisioned | cold starts | fallbacks | of all messages | environments |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for memory in [128, 1769]:
        for platform in [60, 100, 160, 250]:
            for provisioned in [0, 10]:
                runs = [burst(memory, platform, provisioned, random.Random(seed)) for seed in range(11)]
                messages, cold, late, most = (sorted(values)[5] for values in zip(*runs))
                print(f"| {memory} MB | {platform} ms | {provisioned} | {cold} | {late} | {late / messages:.2%} | {most} |")


if __name__ == "__main__":
    main()
