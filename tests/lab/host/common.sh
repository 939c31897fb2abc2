# SPDX-License-Identifier: Apache-2.0
# What run, shell and capture share: messages, exit statuses, where things lie.

LAB_SKIPPED=77      # cannot run here; the reason is on stderr
LAB_TIMED_OUT=124   # the guest ran past its limit
LAB_BROKEN=125      # the guest did not boot, or ended without a result

lab_message() { printf 'lab: %s\n' "$*" >&2; }
lab_usage() { lab_message "$*"; exit 2; }
lab_skip() { lab_message "skipped: $*"; exit "$LAB_SKIPPED"; }

# The machine's description: a name of tests/lab/machines, or a path.
lab_machine_file() { # NAME
    case $1 in
    */*) printf '%s\n' "$1" ;;
    *) printf '%s/machines/%s.conf\n' "$LAB_DIR" "$1" ;;
    esac
}

lab_need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null || lab_skip "$1 is missing: apt-get install $2"
}

# Everything that the host must have; leaves with LAB_SKIPPED and the reason when it has not.
lab_need_host() {
    lab_need qemu-system-x86_64 qemu-system-x86
    lab_need busybox busybox-static
    lab_need cpio cpio
    ! ldd "$(command -v busybox)" >/dev/null 2>&1 ||
        lab_skip "busybox is not static: apt-get install busybox-static"
}

# Cards of several queues take a tap device in a network namespace of our own.
lab_need_wires() {
    [ -r /dev/net/tun ] && [ -w /dev/net/tun ] || lab_skip "we may not use /dev/net/tun"
    "$LAB_DIR/host/with-wires" wire true 2>/dev/null ||
        lab_skip "no network namespace or bridge can be made here"
}

# "0-2,5" as "0 1 2 5"
lab_expand() { # LIST
    local part list=
    for part in ${1//,/ }; do
        case $part in
        *-*) list+=" $(seq -s ' ' "${part%-*}" "${part#*-}")" ;;
        *) list+=" $part" ;;
        esac
    done
    printf '%s\n' "${list# }"
}
