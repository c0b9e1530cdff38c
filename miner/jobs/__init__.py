"""Scans as durable jobs.

`requests` says what is to be done and is all that the API needs to know; `runner` does it in this process. The parts
between: `engine` holds the durable workflows, `heartbeat` takes over from workers that died, `scanner` is one job but
for its last step, `pool` runs its dangerous part in processes of its own, `analysis` is what those processes do.
"""
