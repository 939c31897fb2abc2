/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about a device's interrupts, from how its changes stand. */
#include "test.h"

#include "set.h"
#include "verify-nic.h"

#include <string.h>

enum { SIGHTS_MAX = 6, CODES_MAX = 4 };

/* Interrupt 40 + its place in the list, given to CPU 4; or XPS of a queue. */
struct sight_case {
    char what; /* i interrupt, q queue, 0 the end */
    enum standing standing;
    const char *cpus; /* now */
    const char *effective;
};

struct nic_case {
    const char *name;
    struct sight_case sights[SIGHTS_MAX];
    bool restarted;
    bool unplugged;
    unsigned int n_rx, n_tx; /* now; 4 of each were planned for */
    const char *codes[CODES_MAX];
    const char *fact; /* of the first finding */
    const char *way_out;
    unsigned int irqs_in_place, queues_in_place;
    bool wrong;
    /* irqbalance, pid 99, where it runs: what it leaves alone, NULL it does not say */
    bool balanced, guarded;
    const char *banned;
};

#define HERE STANDING_IN_PLACE

static const struct nic_case cases[] = {
    {
        .name = "all in place",
        .sights = {{'i', HERE, "4", "4"}, {'q', HERE, "4", NULL}},
        .n_rx = 4,
        .n_tx = 4,
        .irqs_in_place = 1,
        .queues_in_place = 1,
    },
    {
        .name = "pending is in place",
        .sights = {{'i', STANDING_PENDING, "4", "0"}, {'i', HERE, "4", "4"}},
        .n_rx = 4,
        .n_tx = 4,
        .codes = {"interrupt-pending"},
        .fact = "1 interrupt is taken by the former CPU until next raised: 40 (eth0-0): 0 instead "
                "of 4",
        .irqs_in_place = 2,
    },
    {
        .name = "moved by others",
        .sights = {{'i', STANDING_FOREIGN, "2", "2"},
                   {'i', STANDING_FORMER, "0-7", "0"},
                   {'i', HERE, "4", "4"},
                   {'q', STANDING_FOREIGN, "", NULL}},
        .n_rx = 4,
        .n_tx = 4,
        .codes = {"interrupt-elsewhere", "queue-elsewhere"},
        .fact = "2 of 3 interrupts are not on the CPUs that they were given: 40 (eth0-0): 2 "
                "instead of 4; 41 (eth0-1): 0-7 instead of 4",
        .way_out = "`numaplace rollback --force 7`, then apply again",
        .irqs_in_place = 1,
        .wrong = true,
    },
    {
        .name = "moved by irqbalance",
        .sights = {{'i', STANDING_FOREIGN, "2", "2"}, {'i', HERE, "4", "4"}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .banned = "41",
        .codes = {"interrupt-elsewhere"},
        .way_out = "irqbalance (pid 99) runs and does not leave them alone: `numaplace rollback",
        .irqs_in_place = 1,
        .wrong = true,
    },
    {
        .name = "moved by whom irqbalance does not say",
        .sights = {{'i', STANDING_FOREIGN, "2", "2"}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .guarded = true,
        .codes = {"interrupt-elsewhere"},
        .way_out = "irqbalance (pid 99) runs and does not say what it leaves alone",
        .wrong = true,
    },
    {
        .name = "moved by another than irqbalance",
        .sights = {{'i', STANDING_FOREIGN, "2", "2"}, {'i', HERE, "4", "4"}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .banned = "40",
        .codes = {"interrupt-elsewhere"},
        .way_out = "somebody has moved them since",
        .irqs_in_place = 1,
        .wrong = true,
    },
    {
        .name = "irqbalance has forgotten",
        .sights = {{'i', HERE, "4", "4"}, {'i', HERE, "4", "4"}, {'q', HERE, "4", NULL}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .guarded = true,
        .banned = "5,41",
        .codes = {"interrupt-unguarded"},
        .fact = "irqbalance (pid 99) may move 1 of 2 interrupts",
        .way_out = "started since",
        .irqs_in_place = 2,
        .queues_in_place = 1,
    },
    {
        .name = "irqbalance leaves them alone",
        .sights = {{'i', HERE, "4", "4"}, {'i', HERE, "4", "4"}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .guarded = true,
        .banned = "40-41",
        .irqs_in_place = 2,
    },
    {
        .name = "irqbalance may move them, as apply was told",
        .sights = {{'i', HERE, "4", "4"}},
        .n_rx = 4,
        .n_tx = 4,
        .balanced = true,
        .banned = "",
        .irqs_in_place = 1,
    },
    {
        .name = "three are named",
        .sights = {{'i', STANDING_FORMER, "0", "0"},
                   {'i', STANDING_FORMER, "1", "0"},
                   {'i', STANDING_FORMER, "2", "0"},
                   {'i', STANDING_FORMER, "3", "0"}},
        .n_rx = 4,
        .n_tx = 4,
        .codes = {"interrupt-elsewhere"},
        .fact = "42 (eth0-2): 2 instead of 4; ...",
        .wrong = true,
    },
    {
        .name = "renumbered by its driver",
        .sights = {{'i', STANDING_GONE}, {'i', STANDING_GONE}, {'q', HERE, "4", NULL}},
        .n_rx = 4,
        .n_tx = 4,
        .codes = {"interrupt-gone"},
        .fact = "2 of 2 interrupts are not its own any more: 40 (eth0-0); 41 (eth0-1)",
        .way_out = "its driver has taken others",
        .queues_in_place = 1,
        .wrong = true,
    },
    {
        .name = "fewer queues",
        .sights = {{'i', HERE, "4", "4"}, {'q', STANDING_GONE}},
        .n_rx = 2,
        .n_tx = 2,
        .codes = {"queue-changed"},
        .fact = "there are 2 receive and 2 transmit queues now, and 4 and 4 were planned for",
        .way_out = "ethtool -L",
        .irqs_in_place = 1,
        .wrong = true,
    },
    {
        .name = "unplugged",
        .sights = {{'i', STANDING_GONE}, {'q', STANDING_GONE}},
        .unplugged = true,
        .codes = {"interrupt-gone"},
        .fact = "the device is gone",
        .way_out = "`numaplace rollback 7`",
        .wrong = true,
    },
    {
        .name = "restarted",
        .sights = {{'i', STANDING_GONE}, {'q', STANDING_GONE}},
        .restarted = true,
        .n_rx = 4,
        .n_tx = 4,
        .codes = {"interrupt-gone"},
        .fact = "the machine was restarted since",
        .way_out = "apply it again",
        .wrong = true,
    },
};

static json_t *value_of(const char *cpus, const char *effective)
{
    json_t *value = cpus ? json_pack("{s:s}", "cpus", cpus) : json_null();

    if (effective)
        assert_int_equal(json_object_set_new(value, "effective", json_string(effective)), 0);
    return value;
}

static void add_change(struct changes *changes, unsigned int i, char what)
{
    char name[16];

    (void)snprintf(name, sizeof(name), "%s-%u", what == 'i' ? "eth0" : "tx", i);
    assert_int_equal(changes_add(changes, what == 'i' ? CHANGE_IRQ : CHANGE_QUEUE, "eth0",
                                 what == 'i'
                                     ? json_pack("{s:i, s:s, s:s}", "irq", 40 + (int)i, "name",
                                                 name, "device", "eth0")
                                     : json_pack("{s:s, s:i, s:s, s:s}", "device", "eth0",
                                                 "ifindex", 2, "queue", name, "file", "xps_cpus"),
                                 json_pack("{s:s}", "cpus", "4")),
                     0);
}

static void check_findings(const struct nic_case *c, const struct findings *findings)
{
    unsigned int n = 0;

    while (n < CODES_MAX && c->codes[n])
        n++;
    assert_int_equal(findings->n_findings, n);
    for (unsigned int i = 0; i < n; i++) {
        assert_string_equal(findings->findings[i].code, c->codes[i]);
        assert_string_equal(findings->findings[i].subject, "eth0");
    }
    if (c->fact && !strstr(findings->findings[0].fact, c->fact))
        fail_msg("\"%s\"", findings->findings[0].fact);
    if (c->way_out && !strstr(findings->findings[0].way_out, c->way_out))
        fail_msg("\"%s\"", findings->findings[0].way_out);
}

static struct irqbalance irqbalance_of(const struct nic_case *c)
{
    struct irqbalance irqbalance = {.answer = c->banned ? 0 : -ETIMEDOUT};

    if (c->balanced)
        irqbalance.pid = 99;
    if (c->banned)
        assert_int_equal(set_parse_list(c->banned, &irqbalance.banned_irqs, NULL), 0);
    return irqbalance;
}

static void check_case(const struct nic_case *c)
{
    autoirqbalance struct irqbalance irqbalance = irqbalance_of(c);
    struct nic_sight sights[SIGHTS_MAX];
    struct nic_observation nic = {.device = "eth0",
                                  .transaction = 7,
                                  .same_boot = !c->restarted,
                                  .present = !c->unplugged,
                                  .planned_rx = 4,
                                  .planned_tx = 4,
                                  .n_rx = c->n_rx,
                                  .n_tx = c->n_tx,
                                  .sights = sights,
                                  .irqbalance = &irqbalance,
                                  .guarded = c->guarded};
    struct changes changes = {0};
    struct findings findings = {0};
    struct nic_verdict verdict;

    for (; c->sights[nic.n_sights].what; nic.n_sights++)
        add_change(&changes, nic.n_sights, c->sights[nic.n_sights].what);
    for (unsigned int i = 0; i < nic.n_sights; i++)
        sights[i] = (struct nic_sight){&changes.list[i], c->sights[i].standing,
                                       value_of(c->sights[i].cpus, c->sights[i].effective)};
    assert_int_equal(verify_nic(&nic, &verdict, &findings), 0);
    check_findings(c, &findings);
    assert_int_equal(verdict.in_place, !c->wrong);
    assert_int_equal(verdict.irqs_in_place, c->irqs_in_place);
    assert_int_equal(verdict.queues_in_place, c->queues_in_place);
    for (unsigned int i = 0; i < nic.n_sights; i++)
        json_decref(sights[i].now);
    findings_fini(&findings);
    changes_fini(&changes);
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("  %s\n", cases[i].name);
        check_case(&cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
