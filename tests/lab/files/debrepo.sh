# SPDX-License-Identifier: GPL-3.0-or-later
# Functions of the shell that make Debian packages and a repository of them, for tests.

# pack FOLDER NAME VERSION TARGET [FIELDS]: the files of FOLDER as a package in the folder TARGET.
# FIELDS are further lines of its control file.
pack() {
    mkdir -p "$1/DEBIAN" "$4"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: %s\n%s' \
        "$2" "$3" "$2" "${5-}" >"$1/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$1" "$4" >/dev/null
}

# listed FOLDER: what its file Packages must say.
listed() (
    cd -- "$1" || exit 1
    for f in *.deb; do
        dpkg-deb -f "$f"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$f" "$(stat -c %s "$f")" "$(sha256sum "$f" | cut -d' ' -f1)"
    done
)
