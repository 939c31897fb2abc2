# SPDX-License-Identifier: Apache-2.0
# Debian's packages, downloaded and unpacked into the cache: nothing is installed on the host.

LAB_CACHE=${NUMAPLACE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/numaplace}

# Programs that are not installed because a host would run them as a service from then on: their
# package and path in it.
declare -A LAB_SERVICES=([irqbalance]='irqbalance usr/sbin/irqbalance' [udevadm]='udev bin/udevadm')

lab_cache_lock() {
    mkdir -p "$LAB_CACHE"
    exec 8>"$LAB_CACHE/lock"
    flock -w 300 8 || lab_skip "somebody holds $LAB_CACHE/lock"
}

lab_cache_unlock() {
    exec 8>&-
}

# Leaves the files of a package in WORK/root.
package_unpack() { # PACKAGE WORK
    command -v apt-get >/dev/null || lab_skip "no apt-get to download $1 with"
    lab_message "downloading $1 (once, into $LAB_CACHE)"
    if ! (cd "$2" && timeout 300 apt-get -q download "$1") >"$2/log" 2>&1; then
        tail -n 3 "$2/log" >&2
        rm -rf "$2"
        lab_skip "apt-get download $1 failed"
    fi
    dpkg -x "$2"/*.deb "$2/root"
}

# The path of one of LAB_SERVICES; false when it is none of them.
package_program() { # PROGRAM
    local package path work
    read -r package path <<<"${LAB_SERVICES[$1]-}"
    [ -n "$package" ] || return 1
    lab_cache_lock
    if [ ! -d "$LAB_CACHE/$package" ]; then
        work=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX")
        package_unpack "$package" "$work"
        mv "$work/root" "$LAB_CACHE/$package"
        rm -rf "$work"
    fi
    lab_cache_unlock
    echo "$LAB_CACHE/$package/$path"
}
