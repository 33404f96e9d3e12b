"""Whether the instrument works, for a person, a service manager and Prometheus."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from contract.evidence import describe_learning
from contract.settings import RecorderSettings
from device.loop.health import Health
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.schemas import BundleFacts, HealthFacts, Limits, StatusFacts

LEAST_STALE_S = 3.0
"""A person moves to the next field in about this time; a picture older than that may be of another place."""

MOST_STALE_S = 15.0
"""However slow the device, a picture older than this is not live."""

STUCK = {
    "prepare": "preparation",
    "infer": "the network",
    "read": "the reading of cells",
    "record": "the disk",
}
"""What is at fault when a stage does not end, in words."""

MISSED_FRAMES = 4
"""Frames that must be missing at the present rate before the camera counts as stalled."""

_TAG = Tag(name="health", description="What the instrument is and how it is doing")
_METRICS = {"description": "Prometheus text", "content": {"text/plain": {"schema": {"type": "string"}}}}


def make_health(instrument: Instrument) -> APIBlueprint:
    """Make the routes of health.

    Args:
        instrument: what is reported on.

    Returns:
        The routes.
    """
    routes = APIBlueprint("health", __name__, abp_tags=[_TAG])
    registry = CollectorRegistry()
    registry.register(_LiveCollector(instrument))
    ProcessCollector(registry=registry)

    @routes.get("/healthz", summary="Does it work?", responses={200: HealthFacts, 503: HealthFacts})
    def healthz() -> Response:
        """Say ok (200), or not ok (503) and why."""
        facts = read_health(instrument)
        return answer(facts, 200 if facts.ok else 503)

    @routes.get("/api/v1/status", summary="What it is and how it is doing", responses={200: StatusFacts})
    def status() -> Response:
        """Give what stands around the picture: camera, bundle, rate, limits, troubles."""
        return answer(read_status(instrument))

    @routes.get("/metrics", summary="For Prometheus", responses={200: _METRICS})
    def metrics() -> Response:
        """Give the same numbers to a collector."""
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes


def read_health(instrument: Instrument) -> HealthFacts:
    """Take stock of the instrument.

    Args:
        instrument: the parts to look at.

    Returns:
        The numbers, and what is wrong in words.
    """
    health = instrument.health.snapshot()
    now = datetime.now(UTC)
    free_mb = shutil.disk_usage(instrument.store.path.parent).free // 1_000_000
    told = instrument.find_camera_trouble()
    found = find_troubles(health, instrument.health.find_longest(), free_mb, instrument.settings.recorder, now)
    reasons = (*((told,) if told else ()), *found)
    return HealthFacts(
        ok=not reasons,
        reasons=reasons,
        warnings=instrument.drift.find_warnings(),
        frames=health.frames,
        skipped=health.skipped,
        rejected=health.rejected,
        counted=health.counted,
        queued=health.queued,
        frames_per_s=health.frames_per_s,
        picture_age_s=health.age_s(now) if health.last_frame_at else None,
        free_mb=free_mb,
        stage_ms=health.stage_ms,
    )


def read_status(instrument: Instrument) -> StatusFacts:
    """Give what the page shows around the picture.

    Args:
        instrument: the parts to look at.

    Returns:
        Names, limits, rate and troubles.
    """
    settings, manifest = instrument.settings, instrument.bundle.manifest
    health = read_health(instrument)
    return StatusFacts(
        device=instrument.name,
        camera=instrument.camera,
        simulated=instrument.simulated,
        bundle=BundleFacts(
            id=instrument.bundle.bundle_id,
            name=manifest.name,
            version=manifest.version,
            task=manifest.task,
            classes=manifest.classes,
            confidence_fitted_on=manifest.confidence_fitted_on,
            fitted_here=manifest.fitted_here,
            attributes_note=describe_learning(manifest.attributes_learned_from) if manifest.heads.attributes else None,
        ),
        operator=instrument.operator,
        target=instrument.target,
        limits=Limits.model_validate(settings.quality),
        frames_per_s=health.frames_per_s,
        stale_after_s=find_stale_s(health.frames_per_s),
        ok=health.ok,
        reasons=health.reasons,
        warnings=health.warnings,
        left_out=instrument.book.left_out,
    )


def find_stale_s(frames_per_s: float) -> float:
    """Say how old a picture may be before it is no longer live.

    Args:
        frames_per_s: present rate; 0 while unknown.

    Returns:
        Seconds.
    """
    patience_s = MISSED_FRAMES / frames_per_s if frames_per_s > 0 else MOST_STALE_S
    return min(MOST_STALE_S, max(LEAST_STALE_S, patience_s))


def find_troubles(
    health: Health, longest: tuple[str, float] | None, free_mb: int, recorder: RecorderSettings, now: datetime
) -> Iterator[str]:
    """Say what is wrong.

    Args:
        health: of the live loop.
        longest: the stage that has been at one frame for longest, and for how many seconds.
        free_mb: free space of the data folder in megabytes.
        recorder: its limits.
        now: aware time at which this is asked.

    Yields:
        One sentence for each trouble; none where all is well.
    """
    stale_s = find_stale_s(health.frames_per_s)
    if health.last_frame_at is None:
        yield "no picture yet"
    elif (age_s := health.age_s(now)) > stale_s:
        yield f"no new picture for {age_s:.0f} s (expected one within {stale_s:.0f} s)"
    if longest is not None and longest[1] > LEAST_STALE_S:
        stage, stuck_s = longest
        yield f"{STUCK[stage]} has been at one frame for {stuck_s:.0f} s"
    if free_mb < recorder.min_free_mb:
        yield f"{free_mb} MB free on the disk (expected {recorder.min_free_mb} MB or more)"
    if health.queued >= recorder.queue_fields:
        yield f"{health.queued} fields wait for the disk (expected fewer than {recorder.queue_fields})"


class _LiveCollector(Collector):
    """Reads the instrument when Prometheus asks, so that nothing is counted twice."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of this moment."""
        health = read_health(self._instrument)
        for name, what in _COUNTERS.items():
            yield CounterMetricFamily(f"leukoscope_{name}", what, value=getattr(health, name))
        gauges = {
            "ok": ("1 where nothing is wrong", float(health.ok)),
            "queued_fields": ("Fields that wait for the disk", health.queued),
            "frames_per_second": ("Rate of finished frames", health.frames_per_s),
            "disk_free_bytes": ("Free space of the data folder", health.free_mb * 1e6),
            "picture_age_seconds": ("Time since the last finished frame", health.picture_age_s),
        }
        for name, (what, value) in gauges.items():
            if value is not None:
                yield GaugeMetricFamily(f"leukoscope_{name}", what, value=value)
        stages = GaugeMetricFamily("leukoscope_stage_seconds", "Mean time of a frame's stages", labels=["stage"])
        for stage, mean_ms in health.stage_ms.items():
            stages.add_metric([stage], mean_ms / 1000)
        yield stages
        facts = {"bundle": self._instrument.bundle.bundle_id, "camera": self._instrument.camera}
        yield InfoMetricFamily("leukoscope", "What is running", value=facts)


_COUNTERS = {
    "frames": "Frames finished",
    "skipped": "Pictures that could not be read or analysed",
    "rejected": "Frames shown but not analysed",
    "counted": "Cells counted",
}
