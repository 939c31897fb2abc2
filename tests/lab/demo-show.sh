# SPDX-License-Identifier: Apache-2.0
# What both halves of the demo print with.
say() {
    printf '\n=== %s\n' "$1"
}

# Prints a command line, then runs it.
show() {
    printf '\n$ %s\n' "$1"
    eval "$1"
}

# The same for a command whose point is that it refuses: its exit status is printed, and is as foreseen.
show_refusal() { # STATUS LINE
    status=0
    show "$2" || status=$?
    printf '(exit status %s)\n' $status
    [ $status -eq "$1" ]
}
