"""Reviewed cells counted the plain way, one by one: what the device's tally must say too."""


def count_reviewed(reviewed, classes):
    """Confirmed and corrected cells of each class, from `device.calibration.reviewed.find_reviewed`."""
    return {
        name: (
            sum(one.new_type == name and one.old_type == name for one in reviewed),
            sum(one.new_type == name and one.old_type != name for one in reviewed),
        )
        for name in classes
    }
