/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A described machine against one that differs from it in one way: nodes 0-2 of 16 GiB and four
 * CPUs each, from 0 on without gaps, and eth0 at 0000:01:00.0 on node 1.
 */
#include "test.h"

#include "check.h"
#include "make-machine.h"

#include <string.h>

enum { N_CPUS = 4 };

static struct machine *make_described(unsigned int n_nodes)
{
    const struct machine_plan plan = {.n_nodes = n_nodes, .n_cpus = N_CPUS, .bytes = 16 * GIB};
    struct machine *machine = make_machine(&plan);

    for (unsigned int i = 0; i < n_nodes; i++) {
        machine->nodes[i].ranges = calloc(2, sizeof(struct region));
        machine->nodes[i].ranges[0] = (struct region){i * 16 * GIB, 16 * GIB};
        machine->nodes[i].n_ranges = 1;
    }
    assert_int_equal(machine_override_device(machine, "eth0", n_nodes > 1), 0);
    machine->devices[0].pci = strdup("0000:01:00.0");
    return machine;
}

static void put_distance(struct machine *machine, unsigned int from, unsigned int to,
                         uint64_t distance)
{
    machine->distance.value[from * machine->n_nodes + to] = distance;
}

static void move_cpu(struct machine *machine, unsigned int cpu, unsigned int node)
{
    hwloc_bitmap_clr(machine->nodes[machine->cpus[cpu].node].cpus, cpu);
    hwloc_bitmap_set(machine->nodes[node].cpus, cpu);
    machine->cpus[cpu].node = (int)node;
}

static void move_cpus(struct machine *machine)
{
    move_cpu(machine, 3, 1);
    move_cpu(machine, 2, 1);
    move_cpu(machine, 4, 0);
}

static void lose_cpu(struct machine *machine)
{
    hwloc_bitmap_free(machine->cpus[--machine->n_cpus].siblings);
}

static void stop_cpu(struct machine *machine)
{
    take_offline(machine, 5);
}

static void lose_little(struct machine *machine)
{
    machine->nodes[1].total_bytes -= 500 * MIB;
    machine->nodes[1].ranges[0].bytes -= 500 * MIB;
}

static void lose_much(struct machine *machine)
{
    machine->nodes[1].total_bytes -= GIB;
}

static void win_much(struct machine *machine)
{
    machine->nodes[1].total_bytes += GIB;
}

static void forget_memory(struct machine *machine)
{
    machine->nodes[1].total_bytes = UNKNOWN_U64;
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        machine->nodes[i].n_ranges = 0;
}

/* As below 4 GiB on a PC: node 0 goes on higher up. */
static void dig_hole(struct machine *machine)
{
    struct node *node = &machine->nodes[0];

    node->ranges[0].bytes = 3 * GIB;
    node->ranges[1] = (struct region){4 * GIB, 13 * GIB};
    node->n_ranges = 2;
    machine->nodes[1].ranges[0] = (struct region){17 * GIB, 15 * GIB};
}

static void reverse_order(struct machine *machine)
{
    put_distance(machine, 0, 1, 31);
}

static void stretch(struct machine *machine)
{
    put_distance(machine, 0, 2, 31);
    put_distance(machine, 2, 0, 31);
}

static void forget_distance(struct machine *machine)
{
    free(machine->distance.value);
    machine->distance = (struct matrix){0};
}

static void move_device(struct machine *machine)
{
    free(machine->devices[0].name);
    machine->devices[0].name = strdup("enp1s0");
    machine->devices[0].node = 2;
}

static void lose_device(struct machine *machine)
{
    free(machine->devices[0].name);
    machine->devices[0].name = strdup("eth1");
    machine->devices[0].pci[0] = '1';
}

static void forget_device_node(struct machine *machine)
{
    machine->devices[0].node = -1;
}

static const struct {
    unsigned int n_nodes; /* of the machine found; 0: 3 */
    void (*change)(struct machine *found);
    const char *expected;
    const char *fact;
} cases[] = {
    {.expected = ""},
    {.n_nodes = 2,
     .expected = "machine-node-missing machine-cpu-missing",
     .fact = "node 2 is described, and not on this machine"},
    {.n_nodes = 4,
     .expected = "machine-node-extra machine-cpu-extra",
     .fact = "CPUs 12-15 are on this machine, and not described"},
    {.change = lose_cpu,
     .expected = "machine-cpu-missing",
     .fact = "CPU 11 is described, and not on this machine"},
    {.change = stop_cpu,
     .expected = "machine-cpu-offline",
     .fact = "CPU 5 is offline on this machine, and described as online"},
    {.change = move_cpus,
     .expected = "machine-cpu-elsewhere machine-cpu-elsewhere",
     .fact = "CPUs 2-3 are described on node 0, and on node 1 here"},
    {.change = lose_little, .expected = ""},
    {.change = lose_much,
     .expected = "machine-memory-less",
     .fact = "node 1 has 15 GiB, and 16 GiB are described"},
    {.change = win_much, .expected = "machine-memory-more"},
    {.change = forget_memory, .expected = ""},
    {.change = dig_hole,
     .expected = "machine-memory-absent machine-memory-elsewhere",
     .fact = "memory 0x0-0x3ffffffff is described on node 0, and 1 GiB of it are on no node here "
             "(0xc0000000-0xffffffff)"},
    {.change = dig_hole,
     .expected = "machine-memory-absent machine-memory-elsewhere",
     .fact = "memory 0x400000000-0x7ffffffff is described on node 1, and 1 GiB of it are on node 0 "
             "here"},
    {.change = reverse_order,
     .expected = "machine-distance-order",
     .fact = "from node 0, nodes 1 and 2 are at 31 and 21, and described at 20 and 21"},
    {.change = stretch,
     .expected = "machine-distance-value",
     .fact = "2 of 9 distances differ and change no order: from node 0 to node 2 it is 31, and 21 "
             "is described"},
    {.change = forget_distance, .expected = ""},
    {.change = move_device,
     .expected = "machine-device-elsewhere",
     .fact = "device \"eth0\" is described on node 1, and on node 2 here"},
    {.change = lose_device,
     .expected = "machine-device-missing",
     .fact = "device \"eth0\" at 0000:01:00.0 is described, and not on this machine"},
    {.change = forget_device_node, .expected = ""},
};

static bool seen[CODE_COUNT];

static void mark_seen(const char *code)
{
    for (int i = 0; i < CODE_COUNT; i++)
        seen[i] |= strcmp(finding_kinds[i].code, code) == 0;
}

/* The codes, and whether one of them says fact. The caller frees. */
static char *summary(const struct findings *findings, const char *fact, bool *ret_says)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);

    assert_non_null(stream);
    *ret_says = !fact;
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *f = &findings->findings[i];

        print_message("    %s: %s\n", f->subject, f->fact);
        mark_seen(f->code);
        assert_false(f->is_instance);
        *ret_says |= fact && strcmp(f->fact, fact) == 0;
        fprintf(stream, "%s%s", i ? " " : "", f->code);
    }
    assert_int_equal(fclose(stream), 0);
    return made;
}

static void test_differences(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        automachine struct machine *described = make_described(3);
        automachine struct machine *found = make_described(cases[i].n_nodes ? cases[i].n_nodes : 3);
        struct findings findings = {0};
        autofree char *codes = NULL;
        bool says;

        if (cases[i].change)
            cases[i].change(found);
        assert_int_equal(check_machines(described, found, &findings), 0);
        codes = summary(&findings, cases[i].fact, &says);
        assert_string_equal(codes, cases[i].expected);
        if (!says)
            fail_msg("nothing says: %s", cases[i].fact);
        findings_fini(&findings);
    }
}

/* Last: every finding of this kind was made above. */
static void test_every_code(void **state)
{
    for (int i = CODE_MACHINE_NODE_MISSING; i < CODE_PAGES_ELSEWHERE; i++) {
        if (!seen[i])
            fail_msg("no case gives %s", finding_kinds[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_every_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
