# SPDX-License-Identifier: Apache-2.0
# The guest's root file system: busybox, the binaries under test, a few of Debian's tools, and
# the libraries of all of these.

LAB_TOOLS='numactl numastat migratepages taskset'

# Writes an archive that the kernel unpacks. The job is guest/init's: /lab/job and /lab/config.
initramfs_build() { # DIRECTORY ARCHIVE [PROGRAM...]
    local root=$1 archive=$2
    shift 2
    mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,lib,lib64,etc,dev,proc,sys,tmp,run,root,var/lib,var/log,lab/modules}
    initramfs_busybox "$root"
    initramfs_programs "$root" "$@"
    initramfs_modules "$root"
    cp "$LAB_DIR"/guest/init "$root/init"
    cp "$LAB_DIR"/*.sh "$LAB_DIR"/guest/tap "$root/lab/"
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    (cd "$root" && find . | cpio --quiet -o -H newc) >"$archive"
}

initramfs_busybox() { # ROOT
    local applet
    cp "$(command -v busybox)" "$1/bin/busybox"
    for applet in $(busybox --list); do
        [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
    done
}

# A program is a path or a name of PATH; what is a script or static needs no libraries.
initramfs_programs() { # ROOT [PROGRAM...]
    local root=$1 program path library
    shift
    for program in $LAB_TOOLS "$@"; do
        path=$(command -v "$program" || package_program "$program") ||
            { lab_message "$program is missing: left out"; continue; }
        cp -L "$path" "$root/usr/bin/"
        for library in $(ldd "$path" 2>/dev/null | grep -oE '/[^ ]+'); do
            initramfs_library "$root" "$library"
        done
    done
}

# Our own is found in the guest as if it were installed.
initramfs_library() { # ROOT LIBRARY
    local place=$2
    case $2 in
    /lib*/* | /usr/*) ;;
    *) place=/usr/lib/${2##*/} ;;
    esac
    [ -e "$1$place" ] && return
    mkdir -p "$1$(dirname "$place")"
    cp -L "$2" "$1$place"
}

initramfs_modules() { # ROOT
    local module file name
    for module in "${MACHINE_MODULES[@]}"; do
        for file in $(lab_module_files "$module"); do
            name=${file##*/}
            name=${name%.xz}
            [ -e "$1/lab/modules/$name" ] && continue
            case $file in
            *.xz) busybox unxz <"$LAB_MODULES/$file" >"$1/lab/modules/$name" ;;
            *) cp "$LAB_MODULES/$file" "$1/lab/modules/" ;;
            esac
            echo "$name" >>"$1/lab/modules/order"
        done
    done
}
