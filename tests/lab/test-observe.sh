# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# What pages, ps and verify say of a process is what the kernel's files say of it, and verify's
# status follows when somebody moves its pages.
. /lab/lib.sh

last=$(nodes | tail -n 1)
hog bound 64 4 numaplace run -N "$last" -m "$last" --
pid=$PID

numaplace pages --json "$pid" >pages
total=0
for class in anonymous heap stack; do
    for bytes in $(json pages "by_class.$class.*.bytes"); do
        total=$((total + bytes))
    done
done
equal "KiB that are no file's" $((total / 1024)) "$(anonymous_kib "$pid" "$last")"

numaplace ps --json >ps
path=$(json_paths <ps | sed -n "s/^\(processes\.[0-9]*\)\.pid $pid$/\1/p")
equal "command in ps" "$(json ps "$path.command")" memhog
equal "threads in ps" "$(json ps "$path.threads")" 5
equal "CPUs in ps" "$(json ps "$path.cpus_allowed")" "$(cpus_of_node "$last")"

leaves_with 0 numaplace verify "$pid"
says "in place: "

migratepages "$pid" "$last" 0
wait_for 10 mostly_on_node "$pid" 0 95
leaves_with 6 numaplace verify "$pid"
says "pages-elsewhere"
says "not on node $last"

migratepages "$pid" 0 "$last"
leaves_with 0 numaplace verify "$pid"

hog free 16 2
leaves_with 0 numaplace verify "$PID"
leaves_with 1 numaplace verify 999999
