"""What GitHub says of a repository, by either of its APIs; its owner's words about it are not kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from miner.licences import NO_LICENCE, OTHER_LICENCE
from miner.store import RepositoryInfo

# What is asked for in GraphQL wherever a repository is. Checked against GitHub's own schema by a test.
FRAGMENT = """
fragment found on Repository {
  id
  databaseId
  name
  owner { login }
  stargazerCount
  isFork
  isArchived
  isDisabled
  isLocked
  isEmpty
  pushedAt
  diskUsage
  licenseInfo { spdxId }
  defaultBranchRef { name target { oid } }
}
"""


def from_rest(item: Mapping[str, Any]) -> RepositoryInfo:
    """A repository of a list or a search; None where the answer does not say, as older servers and code search do.

    Raises KeyError, TypeError, ValueError for another shape than the documented one.
    """
    return RepositoryInfo(
        owner=str(item["owner"]["login"]),
        name=str(item["name"]),
        github_id=int(item["id"]),
        node_id=_text(item.get("node_id")),
        stars=_number(item.get("stargazers_count")),
        fork=_truth(item.get("fork")),
        archived=_truth(item.get("archived")),
        pushed_at=_moment(item.get("pushed_at")),
        default_branch=_text(item.get("default_branch")),
        size_kb=_number(item.get("size")),
        licence=_licence(item["license"], "spdx_id") if "license" in item else None,
    )


def from_graphql(node: Mapping[str, Any]) -> RepositoryInfo:
    """A repository as `FRAGMENT` asks for it. Raises as `from_rest` does."""
    branch = node.get("defaultBranchRef")
    return RepositoryInfo(
        owner=str(node["owner"]["login"]),
        name=str(node["name"]),
        github_id=int(node["databaseId"]),
        node_id=str(node["id"]),
        stars=_number(node.get("stargazerCount")),
        fork=_truth(node.get("isFork")),
        archived=_truth(node.get("isArchived")),
        pushed_at=_moment(node.get("pushedAt")),
        default_branch=None if branch is None else str(branch["name"]),
        size_kb=_number(node.get("diskUsage")),
        licence=_licence(node["licenseInfo"], "spdxId") if "licenseInfo" in node else None,
    )


def head_of(node: Mapping[str, Any]) -> str | None:
    """The default branch's commit, None where there is none."""
    branch = node.get("defaultBranchRef")
    return None if branch is None else str(branch["target"]["oid"])


def _licence(said: Mapping[str, Any] | None, key: str) -> str:
    """SPDX's name for what the host says: of one that it does not know, it knows the key alone."""
    return NO_LICENCE if said is None else str(said.get(key) or OTHER_LICENCE)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _moment(value: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
