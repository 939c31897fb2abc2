# SPDX-License-Identifier: Apache-2.0
# What both halves of the demo print with.
say() {
    printf '\n=== %s\n' "$1"
}

# Prints a command as it was typed, then runs it.
show() {
    printf '\n$ %s\n' "$*"
    "$@"
}

# The same for a command whose point is that it refuses: its exit status is printed, and is as foreseen.
show_refusal() {
    expected=$1
    shift
    printf '\n$ %s\n' "$*"
    status=0
    "$@" || status=$?
    printf '(exit status %s)\n' $status
    [ $status -eq "$expected" ]
}
