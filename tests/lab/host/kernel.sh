# SPDX-License-Identifier: Apache-2.0
# Debian's kernels, downloaded and unpacked once; nothing is installed on the host.

# The package of a release ("" is Debian 12's own) and a flavour: the cloud kernel is small and has
# what most machines need; the generic one has every driver.
kernel_package() { # RELEASE FLAVOUR
    local release=${1:+$1-} flavour
    case $2 in
    cloud) flavour=cloud- ;;
    generic) flavour= ;;
    *) lab_usage "unknown kernel \"$2\" (cloud, generic)" ;;
    esac
    printf 'linux-image-%s%samd64\n' "$release" "$flavour"
}

# Sets LAB_VMLINUZ and LAB_MODULES (the directory that has modules.dep). A kernel in the cache is
# used as it is: remove the directory to have the present one of apt.
lab_kernel() { # RELEASE FLAVOUR
    local package cache
    package=$(kernel_package "$1" "$2") || exit
    cache=$LAB_CACHE/$package
    lab_cache_lock
    [ -d "$cache" ] || kernel_fetch "$package" "$cache"
    lab_cache_unlock
    LAB_VMLINUZ=$(echo "$cache"/boot/vmlinuz-*)
    LAB_MODULES=$(echo "$cache"/lib/modules/*)
}

kernel_fetch() { # PACKAGE DIRECTORY
    local package work
    package=$(apt-cache depends "$1" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1) || true # unknown
    [ -n "$package" ] || lab_skip "apt does not know $1: is it Debian, after apt-get update?"

    work=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX")
    package_unpack "$package" "$work"
    busybox depmod -b "$work/root" "$(ls "$work/root/lib/modules")"
    mv "$work/root" "$2"
    rm -rf "$work"
}

# The files of a module and of all that it needs, in the order of loading. Empty when built in.
lab_module_files() { # MODULE
    local line
    line=$(grep -E "(^|/)${1//[-_]/[-_]}\.ko(\.xz)?:" "$LAB_MODULES/modules.dep") || return 0
    # modules.dep lists the nearest need first
    printf '%s\n' ${line#*:} | tac
    printf '%s\n' "${line%%:*}"
}
