"""The verdict on a repository through time: when the bug came, what ended it, and what people tried."""

from miner.history.follow import follow

__all__ = ["follow"]
