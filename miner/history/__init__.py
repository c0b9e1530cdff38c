"""The verdict on a repository through time: when the bug came, what ended it, and what people tried."""

from miner.history.follow import Episode, History, Step, follow

__all__ = ["Episode", "History", "Step", "follow"]
