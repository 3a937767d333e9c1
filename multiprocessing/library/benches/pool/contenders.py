"""Does with Python's multiprocessing what is asked for on standard input, and tells how long it took."""

import sys
import time
from multiprocessing import Pool


def square(number):
    return number * number


def up_and_down(count):
    for _ in range(count):
        with Pool(2) as pool:
            pool.map(square, range(2), 1)


def main():
    with Pool(2) as pool, Pool(1) as single:
        tasks = {
            "map_1": lambda count: pool.map(square, range(count), 1),
            "map_100": lambda count: pool.map(square, range(count), 100),
            "apply": lambda count: [single.apply(square, (number,)) for number in range(count)],
            "up_and_down": up_and_down,
        }
        for line in sys.stdin:
            name, count = line.split()
            start = time.perf_counter()
            tasks[name](int(count))
            print(time.perf_counter() - start, flush=True)


main()
