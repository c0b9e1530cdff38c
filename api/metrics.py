"""Figures for Prometheus."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api.problems import UNAVAILABLE, documented
from api.state import StoreDep
from miner.store import Store

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **documented(UNAVAILABLE)},
)
def get_metrics(store: StoreDep) -> Response:
    """Queue age, items by kind and state, batches, workers, repositories, reasons for failure, GitHub's quota.

    Read from the database at each request.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StoreFigures(store))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _StoreFigures(Collector):
    def __init__(self, store: Store) -> None:
        self._sight = store.workers.sight()
        self._states = store.states()
        self._reasons = store.under_way.reasons()
        self._budgets = store.under_way.budgets()

    def collect(self) -> Iterator[Metric]:
        now, sight = datetime.now(UTC), self._sight
        since = sight.waiting_since
        yield GaugeMetricFamily(
            "seedwatch_queue_age_seconds",
            "Time since the oldest running batch that has items left was made.",
            value=(now - since).total_seconds() if since else 0.0,
        )
        yield GaugeMetricFamily("seedwatch_items_carried", "Items in the engine's queues.", value=sight.carried)
        yield _gauge("seedwatch_items_waiting", "Items that are open, by kind.", "kind", sight.waiting)
        yield _gauge("seedwatch_batches", "Batches by state.", "state", sight.batches)
        ended = CounterMetricFamily(
            "seedwatch_items_ended", "Items that ended, by kind and state.", labels=("kind", "state")
        )
        for (kind, state), number in sorted(sight.ended.items()):
            ended.add_metric((kind, state), number)
        yield ended
        queues: dict[str, int] = {}
        for worker in sight.workers:
            for queue in worker.queues.split():
                queues[queue] = queues.get(queue, 0) + worker.concurrency
        yield _gauge("seedwatch_worker_slots", "Jobs that live workers do at a time, by queue.", "queue", queues)
        yield GaugeMetricFamily("seedwatch_workers", "Workers that give signs of life.", value=len(sight.workers))
        silences = [(now - worker.heartbeat_at).total_seconds() for worker in sight.workers]
        yield GaugeMetricFamily(
            "seedwatch_worker_silence_seconds",
            "Longest time since a worker's last sign of life.",
            value=max(silences, default=0.0),
        )
        yield _gauge(
            "seedwatch_repositories",
            "Repositories by state.",
            "state",
            {str(state): number for state, number in self._states.repositories.items()},
        )
        yield from self._failures()
        yield from self._quota(now)

    def _failures(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "seedwatch_repositories_without_result",
            "Repositories that could not be scanned, by state and reason; the most frequent reasons alone.",
            labels=("state", "reason"),
        )
        for each in self._reasons:
            family.add_metric((each.state, each.reason), each.repositories)
        yield family

    def _quota(self, now: datetime) -> Iterator[Metric]:
        """GitHub's quota of all tokens together, by resource."""
        left: dict[str, int] = {}
        whole: dict[str, int] = {}
        spent = CounterMetricFamily(
            "seedwatch_github_requests", "Requests to GitHub, by resource.", labels=("resource",)
        )
        asked: dict[str, int] = {}
        for each in self._budgets:
            fresh = each.quota if each.reset_at <= now else each.remaining
            left[each.resource] = left.get(each.resource, 0) + fresh
            whole[each.resource] = whole.get(each.resource, 0) + each.quota
            asked[each.resource] = asked.get(each.resource, 0) + each.spent
        yield _gauge("seedwatch_github_quota_left", "What may be asked of GitHub now, by resource.", "resource", left)
        yield _gauge("seedwatch_github_quota", "What GitHub allows in each period, by resource.", "resource", whole)
        for resource, number in sorted(asked.items()):
            spent.add_metric((resource,), number)
        yield spent


def _gauge(name: str, about: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=(label,))
    for value, number in sorted(values.items()):
        family.add_metric((value,), number)
    return family
