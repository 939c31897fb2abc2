# SPDX-License-Identifier: Apache-2.0
# One guest: prepared, booted, watched, its result read. Every QEMU runs under timeout(1), so that
# none outlives its limit whatever happens to us.

GUEST_SHELL_LIMIT=86400

guest_options() {
    BUILD=${NUMAPLACE_BUILD:-$LAB_DIR/../../build}
    KERNEL=${NUMAPLACE_KERNEL-}
    CGROUP=v2
    GUEST_LIMIT=90
    OUT=
    CONSOLE=
    PROGRAMS=()
}

# The options that run and shell share; false for what is none.
guest_option() { # OPTION VALUE...
    case $1 in
    --with) PROGRAMS+=("${2-}") ;;
    --cgroup) CGROUP=${2-} ;;
    --kernel) KERNEL=${2-} ;;
    --append) MACHINE_APPEND+=" ${2-}" ;;
    --build) BUILD=${2-} ;;
    -*) lab_usage "unknown option $1" ;;
    *) return 1 ;;
    esac
}

# Builds what the guest boots from, in WORK, which is removed when we end.
guest_prepare() { # MACHINE INTERACTIVE [SCRIPT [ARGUMENT]...]
    local machine=$1 interactive=$2 program
    shift 2
    machine_read "$(lab_machine_file "$machine")"
    lab_need_host
    [ -z "$MACHINE_WIRES" ] || lab_need_wires
    lab_kernel "$KERNEL" "$MACHINE_KERNEL"

    WORK=$(mktemp -d "${TMPDIR:-/tmp}/numaplace-lab.XXXXXX")
    QEMU_PID=
    trap guest_clean EXIT
    trap 'exit 130' INT TERM HUP
    mkdir -p "$WORK/root/lab"
    if [ $# -gt 0 ]; then
        cp "$1" "$WORK/root/lab/job"
        shift
    fi
    {
        printf 'cgroup=%s\ninteractive=%s\noffline="%s"\n' "$CGROUP" "$interactive" "$MACHINE_OFFLINE"
        printf 'job_args=%q\n' "${*@Q}"
    } >"$WORK/root/lab/config"
    for program in src/cli/numaplace tests/lab/memhog tests/lab/flood tests/cli/ends \
        examples/receive tests/unit/test-change tests/unit/test-crash; do
        [ -x "$BUILD/$program" ] || lab_usage "$BUILD/$program is not built: ninja -C $BUILD"
        PROGRAMS+=("$BUILD/$program")
    done
    initramfs_build "$WORK/root" "$WORK/initrd" "${PROGRAMS[@]}"
    rm -rf "$WORK/root"
}

guest_clean() {
    guest_end
    rm -rf "$WORK"
}

# thread=single: with one thread per CPU about one boot in a hundred hangs in TCG.
guest_qemu() { # ARGUMENTS-OF-TIMEOUT QEMU-ARGUMENT...
    local limit=$1
    shift
    # shellcheck disable=SC2086 # several words
    exec timeout -k 5 $limit ${MACHINE_WIRES:+"$LAB_DIR/host/with-wires" "$MACHINE_WIRES"} \
        qemu-system-x86_64 -accel tcg,thread=single "${MACHINE_ARGS[@]}" \
        -kernel "$LAB_VMLINUZ" -initrd "$WORK/initrd" -display none -no-reboot -nodefaults \
        -append "console=ttyS0 panic=-1 quiet mitigations=off numa_balancing=disable$MACHINE_APPEND" \
        "$@"
}

# In the foreground, as it reads the terminal.
guest_shell() {
    local status=0
    (guest_qemu "--foreground $GUEST_SHELL_LIMIT" -chardev stdio,id=console,signal=off \
        -serial chardev:console 2>"$WORK/qemu") || status=$?
    [ "$status" -eq 0 ] || grep -v 'TCG doesn.t support' "$WORK/qemu" >&2
    return "$status"
}

# Boots, streams the output; 0 to 255 is the job's own status or one of LAB_*.
guest_run() {
    local tail status=0
    guest_boot || { lab_message "no /init after $MACHINE_BOOT_LIMIT s, booting once more" && guest_boot; } ||
        { guest_console && return "$LAB_BROKEN"; }
    tail -c +1 -s 0.1 --pid="$QEMU_PID" -f "$WORK/output" &
    tail=$!
    guest_watch "$GUEST_LIMIT" false || status=$LAB_TIMED_OUT
    guest_end
    wait "$tail" || true
    guest_result "$status"
}

# True once the guest reached /init; a boot that did not is ended.
guest_boot() {
    truncate -s 0 "$WORK"/{console,output,result}
    guest_qemu "$((MACHINE_BOOT_LIMIT + GUEST_LIMIT + 5))" -serial "file:$WORK/console" \
        -serial "file:$WORK/output" -serial "file:$WORK/result" >"$WORK/qemu" 2>&1 </dev/null &
    QEMU_PID=$!
    guest_watch "$MACHINE_BOOT_LIMIT" grep -qs '^lab: init' "$WORK/console" || true
    grep -qs '^lab: init' "$WORK/console" && return
    guest_end
    return 1
}

# Until COMMAND is true or the guest has ended; false when neither was so after LIMIT seconds.
guest_watch() { # LIMIT COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" || ! kill -0 "$QEMU_PID" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

guest_end() {
    [ -n "$QEMU_PID" ] || return 0
    kill "$QEMU_PID" 2>/dev/null || true
    wait "$QEMU_PID" 2>/dev/null || true
    QEMU_PID=
}

guest_console() {
    [ -z "$CONSOLE" ] || cp "$WORK/console" "$CONSOLE"
    lab_message "the guest's console ended with:"
    {
        tail -n 20 "$WORK/console"
        grep -v 'TCG doesn.t support' "$WORK/qemu" || true
    } | tr -d '\r' | sed 's/^/    /' >&2
}

guest_result() { # 0 or LAB_TIMED_OUT
    local result=$WORK/result.d
    [ -z "$CONSOLE" ] || cp "$WORK/console" "$CONSOLE"
    mkdir "$result"
    if ! tar -C "$result" -xf "$WORK/result" 2>/dev/null || [ ! -e "$result/status" ]; then
        guest_console
        [ "$1" -eq 0 ] || { lab_message "the guest ran past $GUEST_LIMIT s"; return "$1"; }
        lab_message "the guest ended without a result"
        return "$LAB_BROKEN"
    fi
    if [ -n "$OUT" ]; then
        mkdir -p "$OUT"
        cp -R "$result/out/." "$OUT/"
    fi
    return "$(cat "$result/status")"
}
