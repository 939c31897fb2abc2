/* SPDX-License-Identifier: Apache-2.0 */
/* What `irqs` of a placement file becomes in a plan: two nodes of four CPUs, eth0 on node 1 with
 * two queues, eth1 on a node that nobody tells. */
#include "test.h"

#include "plan.h"

#include <string.h>

#include "make-machine.h"

static const struct {
    const char *why;
    const char *spec; /* below "version: 1" */
    const char *irqs; /* an instance: "device@node irq:cpus ... [remote]", "-" none, by "; " */
} cases[] = {
    {"its CPUs come near because of it", "instances: [{name: a, cpus: 2, irqs: eth0}]",
     "eth0@1 20:4 21:4 22:5"},
    {"unless it says otherwise",
     "devices: {eth2: {node: 0}}\ninstances: [{name: a, cpus: 2, near: eth2, irqs: eth0}]",
     "eth0@1 20:0 21:0 22:1 remote"},
    {"those on the device's node only", "instances: [{name: a, cpus: 2-4, irqs: eth0}]",
     "eth0@1 20:4 21:4 22:4"},
    {"all, if none is there", "instances: [{name: a, cpus: 2-3, irqs: eth0}]",
     "eth0@1 20:2 21:2 22:3 remote"},
    {"isolated ones that it has", "instances: [{name: a, cpus: \"7\", irqs: eth0}]",
     "eth0@1 20:7 21:7 22:7"},
    {"the node is said in the file",
     "devices: {eth0: {node: 0}}\ninstances: [{name: a, cpus: 1, irqs: eth0}]",
     "eth0@0 20:0 21:0 22:0"},
    {"the node is unknown", "instances: [{name: a, cpus: 1, irqs: eth1}]", "eth1@-1 23:0"},
    {"only who wants them",
     "instances: [{name: a, cpus: 1}, {name: b, cpus: 1, near: eth0}, {name: c, cpus: 1, irqs: "
     "eth0}]",
     "-; -; eth0@1 20:5 21:5 22:5"},
    {"memory alone takes none", "instances: [{name: a, memory: 1GiB, irqs: eth0}]", "-"},
};

static void add_device(struct machine *machine, const char *name, int node)
{
    assert_int_equal(machine_override_device(machine, name, 0), 0);
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (strcmp(machine->devices[i].name, name) != 0)
            continue;
        machine->devices[i].node = node;
        machine->devices[i].node_overridden = false;
    }
}

static void put_irqs(FILE *text, const struct irq_plan *irqs)
{
    if (!irqs) {
        fputs("-", text);
        return;
    }
    fprintf(text, "%s@%d", irqs->device, irqs->node);
    for (unsigned int i = 0; i < irqs->n_irqs; i++) {
        autofree char *cpus = set_format(irqs->irqs[i].cpus);

        fprintf(text, " %u:%s", irqs->irqs[i].irq, cpus);
    }
    fputs(irqs->remote ? " remote" : "", text);
}

static char *summary(const struct plan *plan)
{
    char *made = NULL;
    size_t length;
    FILE *text = open_memstream(&made, &length);

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        fputs(i ? "; " : "", text);
        put_irqs(text, plan->placements[i].irqs);
    }
    assert_int_equal(fclose(text), 0);
    return made;
}

/* The caller frees. known: somebody tells of interrupts. */
static struct plan *make_plan(const char *text, bool known, struct machine *machine,
                              struct spec **ret_spec)
{
    struct irq irqs[] = {
        {.irq = 20, .device = (char *)"eth0", .queue = -1},
        {.irq = 21, .device = (char *)"eth0", .queue_kind = QUEUE_COMBINED, .queue = 0},
        {.irq = 22, .device = (char *)"eth0", .queue_kind = QUEUE_COMBINED, .queue = 1},
        {.irq = 23, .device = (char *)"eth1", .queue_kind = QUEUE_COMBINED, .queue = 0},
    };
    struct interrupts interrupts = {.irqs = irqs, .n_irqs = ARRAY_SIZE(irqs)};
    autoset hwloc_bitmap_t all = hwloc_bitmap_alloc_full(), none = hwloc_bitmap_alloc();
    autofree char *file = NULL;
    autowishes struct wishes *wishes = NULL;
    struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct np_error err = {0};

    for (size_t i = 0; i < ARRAY_SIZE(irqs); i++) {
        irqs[i].name = (char *)"";
        irqs[i].allowed = all;
        irqs[i].effective = none;
    }
    assert_true(asprintf(&file, "version: 1\n%s\n", text) > 0);
    if (spec_parse("test.yaml", file, strlen(file), ret_spec, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(wishes_resolve(machine, *ret_spec, &wishes, &err), 0);
    wishes->interrupts = known ? &interrupts : NULL;
    assert_int_equal(plan_make(wishes, &(struct plan_options){0}, &plan, &refusal, &err),
                     PLAN_MADE);
    return plan;
}

static struct machine *make(void)
{
    struct machine *machine =
        make_machine(&(struct machine_plan){.n_nodes = 2, .n_cpus = 4, .bytes = 8 * GIB});

    machine->cpus[7].isolated = true;
    add_device(machine, "eth0", 1);
    add_device(machine, "eth1", -1);
    return machine;
}

static void test_irqs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        automachine struct machine *machine = make();
        autospec struct spec *spec = NULL;
        autoplan struct plan *plan = make_plan(cases[i].spec, true, machine, &spec);
        autofree char *irqs = summary(plan);

        if (strcmp(irqs, cases[i].irqs) != 0)
            fail_msg("%s: %s", cases[i].why, irqs);
    }
}

/* The CPUs are planned all the same, and why these. */
static void test_unknown(void **state)
{
    automachine struct machine *machine = make();
    autospec struct spec *spec = NULL;
    autoplan struct plan *plan =
        make_plan("instances: [{name: a, cpus: 2, irqs: eth0}]", false, machine, &spec);
    const struct irq_plan *irqs = plan->placements[0].irqs;
    autofree char *cpus = set_format(irqs->cpus);

    (void)state;
    assert_int_equal(irqs->n_irqs, 0);
    assert_int_equal(irqs->n_queues, 0);
    assert_string_equal(cpus, "4-5");
    assert_string_equal(irqs->reason, "2 CPUs of \"a\", on node 1, where eth0 is");
    assert_non_null(strstr(plan->placements[0].cpu_reason, "the node of eth0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_irqs),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
