"""The history of the tables. `miner.store.migrate` runs it; `miner.store.models` is where it leads."""
