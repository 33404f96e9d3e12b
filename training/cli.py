"""`leukoscope-train`: prepare data, fit a model, evaluate it."""

import os

import click

from contract.failures import run_cli
from contract.notice import RESEARCH_USE
from training.evaluate_command import evaluate_command
from training.fit_command import fit_command
from training.prepare_command import prepare_command


@click.group("leukoscope-train", epilog=RESEARCH_USE)
def train() -> None:
    """Train the model of a bundle on a host: from folders of images to a measured run.

    The usual path: prepare folders of images, fit a model on them, evaluate it on slides it never saw; then
    leukoscope-quantize makes the bundle that a device runs.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's start-up lines would bury ours


for command in (prepare_command, fit_command, evaluate_command):
    train.add_command(command)


def main() -> None:
    """Run the command line; a refusal is one line and an exit code."""
    run_cli(train)
