"""From what a loader calls, through every call that leads to, to the draws and the reseeding."""

from analysis.link.reach.sites import DrawSite, SeedState, class_id, worst
from analysis.link.reach.walk import Walk

__all__ = ["DrawSite", "SeedState", "Walk", "class_id", "worst"]
