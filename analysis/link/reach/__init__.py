"""From what a loader calls, through every call that leads to, to the draws and the reseeding."""

from analysis.link.reach.inside import handed_outside, inside
from analysis.link.reach.sites import DrawSite, SeedState, class_id, worst
from analysis.link.reach.walk import Walk

__all__ = ["DrawSite", "SeedState", "Walk", "class_id", "handed_outside", "inside", "worst"]
