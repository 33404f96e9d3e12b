"""Pictures from outside: read with the bundle in use, shown as the live field is, and kept nowhere."""

import base64
from collections import Counter
from typing import Any, cast
from uuid import uuid4

import cv2
import numpy as np
from flask import Response, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models import RawModel
from flask_openapi3.models.tag import Tag
from numpy.typing import NDArray

from contract.differential import Differential
from contract.image import IMAGE_SUFFIXES, encode_jpeg
from contract.reference import judge_shares
from device.network.runtime import ModelError
from device.network.runtime_choice import RuntimeMissingError
from device.network.selftest import SelfTestError
from device.page.answers import answer, refuse
from device.page.cell_facts import CellFacts
from device.page.differential import describe_share, open_references
from device.page.instrument import Instrument
from device.page.palette import describe_palette
from device.page.schemas import FieldClassFacts, Problem, QualityFacts
from device.page.upload_desk import Reading, UploadDesk, UploadsBusyError
from device.page.upload_facts import ScaleFacts, UploadCounts, UploadDifferential, UploadFacts, UploadWish
from device.page.upload_guard import LEAST_SIDE_PX, MOST_BYTES, MOST_PIXELS, MOST_SIDE_PX, UploadError
from device.page.upload_scale import LEAST_UM_PER_PX, MOST_UM_PER_PX
from device.review.reference import Reference

MOST_AT_ONCE = 200
"""Pictures on one page: what is known of each is some 20 kB in the browser's memory."""

PREVIEW_PX = 1280
"""Longer side of a preview."""

COME_AGAIN_S = 2

_TAG = Tag(name="uploads", description="Pictures from outside, read with the bundle in use; nothing of them is kept")


class PictureBody(RawModel):
    """The picture as the file has it."""

    mimetypes = ["application/octet-stream"]  # noqa: RUF012 - the library's own way of saying it


def make_upload(instrument: Instrument) -> APIBlueprint:
    """Make the upload page and its routes.

    Args:
        instrument: its bundle reads; its limits say what is not analysed.

    Returns:
        The routes.
    """
    routes = APIBlueprint("upload", __name__, abp_tags=[_TAG])
    desk, references = UploadDesk(instrument.bundle, instrument.settings.quality), open_references(instrument)
    manifest = instrument.bundle.manifest

    @routes.route("/upload")
    def upload_page() -> str:
        palette = describe_palette(manifest.classes)
        return render_template("upload.html", palette=palette, bundle=manifest, limits=describe_limits(instrument))

    @routes.post(
        "/api/v1/uploads",
        summary="Read a picture",
        responses={200: UploadFacts, 400: Problem, 413: Problem, 429: Problem, 503: Problem},
    )
    def read_picture(raw: PictureBody, query: UploadWish) -> Response:
        """Read one picture, the bytes of a JPEG, PNG, TIFF or BMP file as body; it is forgotten with the answer."""
        try:
            reading = desk.read(cast(Any, raw.stream), query.name, query.um_per_px)
        except UploadsBusyError as busy:
            refused = refuse(429, str(busy))
            refused.headers["Retry-After"] = str(COME_AGAIN_S)
            return refused
        except UploadError as no:  # not logged: a file's name may be a patient's
            return refuse(400, str(no))
        except (ModelError, RuntimeMissingError, SelfTestError) as broken:
            return refuse(503, str(broken))
        return answer(describe_reading(reading, query.name, with_preview=query.preview))

    @routes.post(
        "/api/v1/uploads/differential",
        summary="The differential of counts over several pictures",
        responses={200: UploadDifferential, 400: Problem, 503: Problem},
    )
    def differential(body: UploadCounts) -> Response:
        """Give whole percent, exact 95 % interval and flag of each type for counts that are brought along."""
        return answer(describe_counts(body.counts, instrument, references.read()))

    return routes


def describe_limits(instrument: Instrument) -> dict[str, Any]:
    """Give what the page has to know before it sends anything."""
    return {
        "bytes": MOST_BYTES,
        "pixels": MOST_PIXELS,
        "sides": (LEAST_SIDE_PX, MOST_SIDE_PX),
        "um_per_px": (LEAST_UM_PER_PX, MOST_UM_PER_PX),
        "at_once": MOST_AT_ONCE,
        "suffixes": sorted(IMAGE_SUFFIXES),
        "quality": instrument.settings.quality.model_dump(),
        "bundle_id": instrument.bundle.bundle_id,
    }


def describe_reading(reading: Reading, name: str, *, with_preview: bool) -> UploadFacts:
    """Give all that is known of a picture, in the form of the API.

    Args:
        reading: of the picture.
        name: as the sender calls it.
        with_preview: add a small JPEG.
    """
    prediction = reading.prediction
    frame = prediction.frame
    height, width = frame.image.shape[:2]
    counted = [] if prediction.rejected else [cell.cell_type for cell in prediction.cells if cell.countable]
    return UploadFacts(
        id=uuid4().hex,
        name=name,
        sha256=frame.digest,
        analysed_at=frame.captured_at,
        height=height,
        width=width,
        um_per_px=frame.um_per_px,
        scale=ScaleFacts.model_validate(reading.scale),
        rejected=prediction.rejected,
        quality=QualityFacts.model_validate(frame.quality),
        field=FieldClassFacts.model_validate(prediction.field_class) if prediction.field_class else None,
        cells=tuple(CellFacts.tell(cell) for cell in prediction.cells),
        counts=dict(Counter(counted)),
        bundle_id=prediction.bundle_id,
        infer_ms=prediction.infer_ms,
        preview=_make_preview(frame.image) if with_preview else None,
    )


def describe_counts(counts: dict[str, int], instrument: Instrument, reference: Reference) -> UploadDifferential:
    """Make the differential of counts that were brought along.

    Args:
        counts: cells by type.
        instrument: its bundle says which types there are.
        reference: ranges to hold it against.
    """
    named = instrument.bundle.manifest.classes
    counted = Differential.of(dict.fromkeys(named, 0) | counts)
    width = instrument.settings.counting.interval_width_percent
    judged = judge_shares(counted, reference.ranges)
    rows = tuple(
        describe_share(share, counted.total, reference.ranges.get(share.cell_type), judged[share.cell_type], width)
        for share in counted.shares
        if share.count or share.cell_type in named
    )
    return UploadDifferential(
        total=counted.total, unidentified=counted.unidentified, rows=rows, reference_source=reference.source
    )


def _make_preview(image: NDArray[np.uint8]) -> str:
    height, width = image.shape[:2]
    factor = min(1.0, PREVIEW_PX / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return base64.b64encode(encode_jpeg(small, 85)).decode("ascii")
