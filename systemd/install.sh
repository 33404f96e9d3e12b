#!/bin/sh
# Installs Leukoscope from this checkout as a service on Debian or Raspberry Pi OS, or brings an installed one up to date:
#
#     sudo systemd/install.sh
#
# Program in /opt/leukoscope, settings in /etc/leukoscope/leukoscope.toml, records in /var/lib/leukoscope. Settings and
# records are never touched by a second run. With DESTDIR=FOLDER the files are only laid out below that folder (for a
# system image): no environment is made and no service started.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(dirname "$here")
root=${DESTDIR:-}

lay_out_files() {
    for unit in leukoscope.service leukoscope-sync.service leukoscope-sync.timer; do
        install -D -m 644 "$here/$unit" "$root/etc/systemd/system/$unit"
    done
    install -D -m 644 "$here/leukoscope.sysusers" "$root/usr/lib/sysusers.d/leukoscope.conf"
    install -D -m 644 "$here/leukoscope.tmpfiles" "$root/usr/lib/tmpfiles.d/leukoscope.conf"
    install -D -m 644 "$checkout/README.md" "$root/opt/leukoscope/share/doc/leukoscope/README.md"
}

make_environment() {
    # The system's Python, because only that one sees the system's picamera2; its numpy decides what may be installed.
    options= pins=
    if /usr/bin/python3 -c 'import picamera2' 2>/dev/null; then
        options=--system-site-packages
        if /usr/bin/python3 -c 'import numpy, sys; sys.exit(numpy.__version__[0] != "1")'; then
            pins='numpy<2 opencv-python-headless<4.12'
        fi
    fi
    /usr/bin/python3 -m venv $options /opt/leukoscope
    # shellcheck disable=SC2086 # one word for each pin
    /opt/leukoscope/bin/pip install --disable-pip-version-check --quiet --upgrade "$checkout[device,lab]" $pins
}

write_first_settings() {
    [ -e /etc/leukoscope/leukoscope.toml ] && return
    (
        umask 027
        echo '# Only what differs from the defaults, which stand with their reasons in the shipped leukoscope.toml.'
        echo '[device]'
        echo 'camera = "simulated"'
    ) >/etc/leukoscope/leukoscope.toml
    chgrp leukoscope /etc/leukoscope/leukoscope.toml
    chmod 640 /etc/leukoscope/leukoscope.toml
}

if [ -n "$root" ]; then
    lay_out_files
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo 'install.sh: not root (expected: sudo systemd/install.sh)' >&2
    exit 5
fi
make_environment
lay_out_files
systemd-sysusers /usr/lib/sysusers.d/leukoscope.conf
systemd-tmpfiles --create /usr/lib/tmpfiles.d/leukoscope.conf
write_first_settings
systemctl daemon-reload
systemctl enable leukoscope.service
systemctl restart leukoscope.service
echo 'Leukoscope runs: systemctl status leukoscope, journalctl -u leukoscope. The page is at http://127.0.0.1:8080/'
echo 'To send records to the laboratory: write /etc/leukoscope/sync.env, then systemctl enable --now leukoscope-sync.timer'
