"""Who tells an object how far training is: `loader.dataset.set_epoch(epoch)`, in the repository or in a framework."""

from analysis.catalog.reproducibility import SETS_EPOCHS
from analysis.link.project import Project
from analysis.link.scopes import FunctionInfo
from analysis.link.uncalled import naming


def never_told(project: Project, method: FunctionInfo) -> bool:
    """Whether a method that sets what it is told is called by nothing: its object stays at the first epoch.

    A text with the method's name, and the method handed on, may be a call; a framework may make one of its own.
    """
    if not method.name.startswith("set_") or method.decorator_names():
        return False
    if any(project.mentioning(framework) for framework in SETS_EPOCHS):
        return False
    used = naming(method.name)
    return not any(used.search(project.texts[path]) for path in project.mentioning(method.name))
