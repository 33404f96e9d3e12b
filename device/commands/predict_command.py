"""The command line of `leukoscope predict`."""

from pathlib import Path

import click


def _read_scale(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    if value is None or value == "auto":
        return None if value is None else 0.0
    try:
        scale = float(value)
    except ValueError:
        scale = 0.0
    if not 0 < scale < 100:
        raise click.BadParameter(f"{value!r} (expected micrometres per pixel, such as 0.15, or auto)")
    return scale


@click.command("predict")
@click.argument("source", metavar="IMAGE_OR_FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--bundle", metavar="NAME", help="Installed or shipped bundle, or a folder.  [default: the one that runs]"
)
@click.option(
    "--um-per-px",
    metavar="UM|auto",
    callback=_read_scale,
    help="Size of a pixel in micrometres; auto: from the red cells of all images.  [default: from the settings]",
)
@click.option("--out", metavar="FILE.jsonl", type=click.Path(path_type=Path), required=True, help="Results to write.")
@click.option(
    "--masks", metavar="FOLDER", type=click.Path(path_type=Path), help="Also write a mask of each image here."
)
@click.option(
    "--heat-maps",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Also draw each cell here with what speaks for its name: NAME_cell0.png and so on, in the order of the cells.",
)
@click.option("--cover", is_flag=True, help="In heat maps also show what covering each part does: some passes a cell.")
@click.option("--threads", type=click.IntRange(0, 64), help="Inference threads; 0: one for each core.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings laid over the defaults.")
def predict_command(
    source: Path,
    bundle: str | None,
    um_per_px: float | None,
    out: Path,
    masks: Path | None,
    heat_maps: Path | None,
    cover: bool,
    threads: int | None,
    config: Path | None,
) -> None:
    """Find and name the white cells in IMAGE_OR_FOLDER, without camera or page.

    Writes one JSON object a line: image, height, width, bundle, rejected, field, cells with box (x0, y0, x1, y1 in
    pixels of the image), cell_type, confidence, probabilities, candidates, nucleus_fraction, shape, attributes and
    evidence, the same in words. A mask has the image's own size: 0 background, 1 cytoplasm, 2 nucleus. All images of
    one run come from one microscope. Nothing is written unless every image can be read.

    For research use only. Not for use in diagnostic procedures.
    """
    from contract.bundle import load_bundle
    from contract.naming import describe_fitting
    from contract.settings_files import load_settings
    from device.bundles.choice import choose_bundle
    from device.predict import estimate_scale, find_images, predict_images

    device = load_settings(config).device
    found = load_bundle(choose_bundle(bundle or device.bundle, Path(device.data_dir)).folder)
    click.echo(describe_fitting(found.manifest), err=True)
    images = find_images(source)
    scale = device.um_per_px if um_per_px is None else um_per_px
    if not scale:
        estimate = estimate_scale(images)
        scale = estimate.um_per_px
        click.echo(f"um_per_px: {scale:.4f} +- {estimate.error:.4f}, from {estimate.red_cells} red cells", err=True)
    cells = predict_images(
        images,
        found,
        scale,
        out,
        masks=masks,
        limits=device.quality,
        threads=device.threads if threads is None else threads,
        heat_maps=heat_maps,
        cover=cover,
    )
    click.echo(f"{len(images.names)} images, {cells} white cells: {out}", err=True)
