/* SPDX-License-Identifier: Apache-2.0 */
/* irqbalance and tuned, from what /proc shows of them and what services are told. */
#include "test.h"

#include "irq-rewriters.h"
#include "set.h"
#include "tree.h"

/* Words that end with NUL each: the last one with the literal's own. */
#define WORDS(literal) literal, sizeof(literal)

struct rewriters_case {
    const char *why;
    const char *environment; /* NULL: may not be read */
    size_t environment_size;
    const char *service; /* NULL: none */
    const char *arguments;
    size_t arguments_size;
    const char *banned_cpus; /* NULL: not said */
    const char *banned_irqs;
};

static const struct rewriters_case cases[] = {
    {"nothing said", WORDS("PATH=/bin"), "IRQBALANCE_BANNED_CPULIST=7\n", WORDS("irqbalance"), NULL,
     ""},
    {"a list", WORDS("PATH=/bin\0IRQBALANCE_BANNED_CPULIST=4-6,9"), NULL,
     WORDS("/usr/sbin/irqbalance\0--foreground"), "4-6,9", ""},
    {"a mask", WORDS("IRQBALANCE_BANNED_CPUS=00000001,000000f0"), NULL, WORDS("irqbalance"),
     "4-7,32", ""},
    {"both: the list", WORDS("IRQBALANCE_BANNED_CPUS=f\0IRQBALANCE_BANNED_CPULIST=8"), NULL,
     WORDS("irqbalance"), "8", ""},
    {"both, the other way round", WORDS("IRQBALANCE_BANNED_CPULIST=8\0IRQBALANCE_BANNED_CPUS=f"),
     NULL, WORDS("irqbalance"), "8", ""},
    {"not understood", WORDS("IRQBALANCE_BANNED_CPULIST=all"), NULL, WORDS("irqbalance"), NULL, ""},
    {"from the service", NULL, 0,
     "# IRQBALANCE_BANNED_CPULIST=1\n\nIRQBALANCE_ONESHOT=\nIRQBALANCE_BANNED_CPULIST=\"2-3\"\n",
     WORDS("irqbalance"), "2-3", ""},
    {"nor from there", NULL, 0, NULL, WORDS("irqbalance"), NULL, ""},
    {"banned interrupts", WORDS("A=1"), NULL,
     WORDS("irqbalance\0-i\0007\0--banirq=12\0-i30\0--banirq\00031\0-i\0x\0--interval=5\0-i"), NULL,
     "7,12,30-31"},
};

static void equal_set(hwloc_const_bitmap_t set, const char *expected)
{
    autofree char *text = set ? set_format(set) : NULL;

    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(set);
}

static void reads_bans(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct rewriters_case *c = &cases[i];
        struct irq_rewriters rewriters;
        struct tree tree;

        print_message("%s\n", c->why);
        tree_init(&tree);
        tree_file(&tree, "proc/1/comm", "systemd\n");
        tree_file(&tree, "proc/77/comm", "irqbalance\n");
        tree_bytes(&tree, "proc/77/cmdline", c->arguments, c->arguments_size);
        if (c->environment)
            tree_bytes(&tree, "proc/77/environ", c->environment, c->environment_size);
        if (c->service)
            tree_file(&tree, "etc/default/irqbalance", c->service);
        assert_int_equal(irq_rewriters_read(tree.root, &rewriters), 0);
        assert_true(rewriters.known);
        assert_int_equal(rewriters.irqbalance, 77);
        assert_int_equal(rewriters.tuned, 0);
        equal_set(rewriters.banned_cpus, c->banned_cpus);
        equal_set(rewriters.banned_irqs, c->banned_irqs);
        irq_rewriters_fini(&rewriters);
        tree_fini(&tree);
    }
}

static void finds_processes(void **state)
{
    struct irq_rewriters rewriters;
    struct tree tree;

    tree_init(&tree);
    assert_int_equal(irq_rewriters_read(tree.root, &rewriters), 0);
    assert_false(rewriters.known);
    irq_rewriters_fini(&rewriters);

    tree_file(&tree, "proc/5/comm", "irqbalance\n"); /* a zombie */
    tree_file(&tree, "proc/5/cmdline", "");
    tree_file(&tree, "proc/8/comm", "tuned\n");
    tree_file(&tree, "etc/tuned/active_profile", "cpu-partitioning\n");
    assert_int_equal(irq_rewriters_read(tree.root, &rewriters), 0);
    assert_true(rewriters.known);
    assert_int_equal(rewriters.irqbalance, 0);
    assert_null(rewriters.irqbalance_args);
    assert_int_equal(rewriters.tuned, 8);
    assert_string_equal(rewriters.tuned_profile, "cpu-partitioning");
    irq_rewriters_fini(&rewriters);

    tree_file(&tree, "proc/9/comm", "irqbalance\n");
    tree_bytes(&tree, "proc/9/cmdline", WORDS("/usr/sbin/irqbalance\0--foreground\0"));
    assert_int_equal(irq_rewriters_read(tree.root, &rewriters), 0);
    assert_int_equal(rewriters.irqbalance, 9);
    assert_string_equal(rewriters.irqbalance_args[0], "--foreground");
    assert_string_equal(rewriters.irqbalance_args[1], "");
    assert_null(rewriters.irqbalance_args[2]);
    irq_rewriters_fini(&rewriters);
    tree_fini(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bans),
        cmocka_unit_test(finds_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
