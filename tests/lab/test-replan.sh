# SPDX-License-Identifier: Apache-2.0
# guests: 4x2
# What runs is planned on from where it is found: unchanged it stays, changed it moves if that pays, and
# what a node out of service had must move. Nothing is changed by asking.
. /lab/lib.sh

place() { # NODE OF db
    cat <<END
version: 1
instances:
  - name: db
    cpus: 2
    memory: 64MiB
    numa-nodes: [$1]
    run: ["memhog", "64", "2"]
  - name: web
    cpus: 1
    memory: 32MiB
    numa-nodes: [3]
    run: ["memhog", "32", "1"]
END
}

place 1 >spec.yaml
leaves_with 1 numaplace plan --from-current spec.yaml
says "nothing of spec.yaml is applied here"
leaves_with 0 numaplace apply spec.yaml
in_place() { numaplace verify spec.yaml >verdict 2>&1; }
wait_for 30 in_place

leaves_with 0 numaplace plan --from-current spec.yaml
says "stay: no other placement costs less"
equal "the plan of what runs" "$(numaplace plan --from-current spec.yaml | sed '1,/^$/d')" "$(numaplace plan spec.yaml)"

# The file changes: db had better be on node 2, and web stays where it is.
place 2 >spec.yaml
leaves_with 0 numaplace plan --from-current spec.yaml
says "move: that gains "
says "db        moves  2-3 to 4-5  6"
says "from 1 to 2"
says "web       stays"
leaves_with 0 numaplace plan --from-current --price bytes=1000,cpus=1000 spec.yaml
says "stay: the best other placement gains "

# With what is free: what they have is theirs.
leaves_with 0 numaplace plan --from-current --free spec.yaml
says "web       stays"

place 1 >spec.yaml
leaves_with 0 numaplace plan --from-current --without-node 3 spec.yaml
says "move what must: 1 of 2"
says "db        stays"
says "web       moves  6 to "

# Who has ended is nowhere, and nothing of it moves.
kill "$(pidof memhog | tr ' ' '\n' | sort -n | tail -1)"
ended() { [ "$(pidof memhog | wc -w)" -eq 1 ]; }
wait_for 10 ended
leaves_with 0 numaplace plan --from-current spec.yaml
says "web       new"
in_place_db() { numaplace verify spec.yaml 2>&1 | grep -q "db: in place"; }
wait_for 5 in_place_db
