"""The concurrency story in Python's own four ways, beside the same story in Rust.

Reading order:

1. `waiter`, `download` and `compute`: the three kinds of work, their sizes and their known answers;
2. `probes`: small experiments that answer one question each;
3. `receipt`: what a run did, in the form that the Rust programs hand in;
4. `cli`: from the command line to a job to a receipt.

How the work is done stands in the folders `sequential`, `threading`, `multiprocessing`, `asyncio` and `cluster`: in files of the
same name as in Rust, with the same functions in the same order.
"""
