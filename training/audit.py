"""The shortcut audit: what a model still names when its evidence is gone, and what another lamp does to it."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from contract.bundle import Manifest
from training.audit_journal import JOURNAL_FILE, AuditJournal, make_key
from training.audit_plan import Alteration, plan_audit
from training.audit_read import Answer, read_answers
from training.audit_scenes import (
    AuditPicture,
    choose_pictures,
    open_originals,
    pick_original,
    prepare_altered,
    set_scene,
)
from training.audit_score import AuditScores, SourceAudit, score_answers
from training.description import read_description
from training.forward import OutputsOf
from training.tfrecords import read_examples

PLAN_VERSION = 3
"""Raised when an alteration changes, so that answers to the earlier one are not taken for answers to it."""


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """How the audit is made.

    Attributes:
        pictures: of each source at most; 0: no audit.
        seed: of the choice of pictures and of every alteration.
        originals: folders of original pictures by source; others are altered as they were prepared.
        folder: where finished alterations are kept.
        subject: what tells this model from another, for resuming.
        plan: alterations to make, the untouched picture first.
    """

    pictures: int
    seed: int
    originals: Mapping[str, Path]
    folder: Path
    subject: str
    plan: tuple[Alteration, ...] = field(default_factory=plan_audit)


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """An audit.

    Attributes:
        sources: scores by source; none where none was asked for.
        shown: one picture of each source, to show what was done to it.
    """

    sources: dict[str, SourceAudit]
    shown: dict[str, AuditPicture]


def audit_model(data: Path, split: str, outputs_of: OutputsOf, manifest: Manifest, request: AuditRequest) -> Audit:
    """Audit a model on photographs of a split.

    Args:
        data: prepared folder.
        split: to look at.
        outputs_of: the model.
        manifest: how outputs are read.
        request: how.

    Returns:
        The audit; nothing in it where no picture was asked for.

    Raises:
        OriginalsError: a folder of originals does not belong to the data.
    """
    if not request.pictures:
        return Audit({}, {})
    description = read_description(data)
    originals = open_originals(request.originals, description)
    simulated = {one.name for one in description.sources if one.simulated}
    chosen = choose_pictures(
        (one for one in read_examples(data, split) if one.source not in simulated), request.pictures, request.seed
    )
    wanted = {key for keys in chosen.values() for key in keys}
    examples = {(one.source, one.id): one for one in read_examples(data, split) if (one.source, one.id) in wanted}
    journal = AuditJournal(request.folder / JOURNAL_FILE)
    stem = (PLAN_VERSION, request.subject, description.created, split, request.seed, manifest.outside, manifest.site)
    audits, shown = {}, {}
    for source, keys in chosen.items():
        folder = request.originals.get(source)
        from_originals = folder is not None
        scenes = [
            set_scene(examples[key], description.um_per_px, None if folder is None else pick_original(originals, key))
            for key in keys
        ]
        asked = _Asked(outputs_of, manifest, request.seed, request.plan)
        rows = _audit_source(scenes, asked, journal, (*stem, from_originals, keys))
        masks = "human" if all(scene.example.human_mask for scene in scenes) else "guessed"
        audits[source] = SourceAudit(source, len(keys), masks, from_originals, rows)
        shown[source] = scenes[0]
    return Audit(audits, shown)


@dataclass(frozen=True, slots=True)
class _Asked:
    outputs_of: OutputsOf
    manifest: Manifest
    seed: int
    plan: tuple[Alteration, ...]

    def answer(self, picture: AuditPicture, alteration: Alteration, draw: int) -> list[Answer]:
        """Alter one picture and read what the model says of it."""
        # by its name and not its place: a picture is altered alike whichever others are looked at
        name = zlib.crc32(f"{picture.example.id} {alteration.name}".encode())
        altered = alteration.alter(picture.scene, np.random.default_rng([self.seed, name, draw]))
        prepared = prepare_altered(altered, picture, self.manifest.um_per_px, alteration.shows_hidden)
        return read_answers(self.outputs_of(prepared), prepared, picture.example, self.manifest)


def _audit_source(
    pictures: Sequence[AuditPicture], asked: _Asked, journal: AuditJournal, stem: tuple[object, ...]
) -> tuple[AuditScores, ...]:
    source = pictures[0].example.source
    total = sum(one.draws for one in asked.plan) * len(pictures)
    scores = []
    with tqdm(total=total, desc=f"audit, {source}", unit="picture", dynamic_ncols=True) as bar:
        for alteration in asked.plan:
            bar.set_postfix_str(alteration.name, refresh=False)
            key = make_key(*stem, alteration.family, alteration.name, alteration.draws)
            answers = journal.find(key)
            if answers is None:
                answers = []
                for picture in pictures:
                    for draw in range(alteration.draws):
                        answers += asked.answer(picture, alteration, draw)
                        bar.update()
                journal.note(key, answers)
            else:
                bar.update(alteration.draws * len(pictures))
            scores.append(score_answers(alteration, answers))
    return tuple(scores)
