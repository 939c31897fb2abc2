/* SPDX-License-Identifier: Apache-2.0 */
/* irqbalance's socket, spoken to a process that answers as irqbalance 1.9.2 does, or does not. */

#include "test.h"

#include "fake-irqbalance.h"
#include "tree.h"

#define LIMIT_MS 10000
#define SHORT_MS 200

/* Takes over irqbalance. */
static void assert_bans(struct irqbalance irqbalance, const char *irqs)
{
    autofree char *text = NULL;

    assert_int_equal(irqbalance.answer, 0);
    text = set_format(irqbalance.banned_irqs);
    assert_string_equal(text, irqs);
    irqbalance_fini(&irqbalance);
}

static struct irqbalance ask(pid_t pid, unsigned int limit_ms)
{
    struct irqbalance irqbalance;

    assert_int_equal(irqbalance_ask(pid, limit_ms, &irqbalance), 0);
    assert_int_equal(irqbalance.pid, pid);
    return irqbalance;
}

static int ban(pid_t pid, const char *irqs)
{
    autoset hwloc_bitmap_t set = NULL;

    assert_int_equal(set_parse_list(irqs, &set, NULL), 0);
    return irqbalance_ban(pid, set, LIMIT_MS);
}

static void what_is_banned_is_told_and_replaced(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){0});
    autofree char *cpus = NULL;
    struct irqbalance first = ask(pid, LIMIT_MS);

    assert_int_equal(first.answer, 0);
    assert_int_equal(first.interval_s, 10);
    cpus = set_format(first.banned_cpus);
    assert_string_equal(cpus, "2-3,32");
    assert_bans(first, "");
    assert_int_equal(ban(pid, "24-26,130"), 0);
    assert_bans(ask(pid, LIMIT_MS), "24-26,130");
    assert_int_equal(ban(pid, "0,7"), 0);
    assert_bans(ask(pid, LIMIT_MS), "0,7");
    assert_int_equal(ban(pid, ""), 0);
    assert_bans(ask(pid, LIMIT_MS), "");
    fake_irqbalance_end(pid);
}

/* Who bans many must look at what became of it. */
static void what_it_does_not_hear_is_not_banned(void **state)
{
    pid_t deaf = fake_irqbalance_start(&(struct fake_irqbalance){0});
    pid_t hearing = fake_irqbalance_start(&(struct fake_irqbalance){.hears = 16384});
    struct irqbalance irqbalance;

    assert_int_equal(ban(deaf, "1000-1199"), 0);
    irqbalance = ask(deaf, LIMIT_MS);
    assert_int_equal(irqbalance.answer, 0);
    assert_true(hwloc_bitmap_weight(irqbalance.banned_irqs) < 100);
    irqbalance_fini(&irqbalance);
    assert_int_equal(ban(hearing, "1000-1199"), 0);
    assert_bans(ask(hearing, LIMIT_MS), "1000-1199");
    assert_int_equal(ban(hearing, "1000-9999"), -E2BIG);
    fake_irqbalance_end(deaf);
    fake_irqbalance_end(hearing);
}

static void answers_that_are_none(void **state)
{
    static const struct {
        const char *reply;
        int answer;
    } cases[] = {
        {"", -EACCES}, /* to who is not root */
        {"SLEEP 10", -EBADMSG},
        {"BANNED 0", -EBADMSG},
        {"SLEEP ten BANNED 0", -EBADMSG},
        {"SLEEP 10 BANNED", -EBADMSG},
        {"SLEEP 10 BANNED x", -EBADMSG},
        {"SLEEP 10 IRQ -7 LOAD 0 BANNED 0", -EBADMSG},
        {"SLEEP 10 IRQ 99999999 LOAD 0 BANNED 0", -EBADMSG},
        {"SLEEP 10 IRQ seven LOAD 0 BANNED 0", -EBADMSG},
        {"SLEEP 10 IRQ 7 NEW 1 BANNED 0", 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){.reply = cases[i].reply});
        struct irqbalance irqbalance = ask(pid, LIMIT_MS);

        if (irqbalance.answer != cases[i].answer)
            fail_msg("\"%s\": %d", cases[i].reply, irqbalance.answer);
        assert_true((irqbalance.answer == 0) == (irqbalance.banned_irqs != NULL));
        irqbalance_fini(&irqbalance);
        fake_irqbalance_end(pid);
    }
}

/* Stopped, its queue takes some connections; then it takes none. */
static void one_that_hangs_does_not_hang_us(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){.mute = true});

    for (int i = 0; i < 4; i++)
        assert_int_equal(ask(pid, SHORT_MS).answer, -ETIMEDOUT);
    fake_irqbalance_end(pid);
}

/* irqbalance ends of an answer that nobody reads. */
static void one_that_was_busy_survives_the_question(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){0});

    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(ask(pid, SHORT_MS).answer, -ETIMEDOUT);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_bans(ask(pid, LIMIT_MS), "");
    fake_irqbalance_end(pid);
}

static void one_that_is_gone_or_another_is_not_asked(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){0});

    assert_int_equal(ask(getpid(), SHORT_MS).answer, -ENOENT);
    fake_irqbalance_end(pid);
    assert_int_equal(ask(pid, SHORT_MS).answer, -ENOENT);
}

static void in_a_captured_tree_it_only_runs(void **state)
{
    struct irqbalance irqbalance;
    struct tree tree;
    pid_t pid;

    tree_init(&tree);
    assert_int_equal(irqbalance_pid(tree.root, &pid), -ENOENT);
    tree_file(&tree, "proc/1/comm", "init\n");
    tree_file(&tree, "proc/irq/24/node", "0\n");
    assert_int_equal(irqbalance_pid(tree.root, &pid), -ESRCH);
    tree_file(&tree, "proc/812/comm", "irqbalance\n");
    assert_int_equal(irqbalance_look(tree.root, SHORT_MS, &irqbalance), 0);
    assert_int_equal(irqbalance.pid, 812);
    assert_int_equal(irqbalance.answer, -EROFS);
    irqbalance_fini(&irqbalance);
    tree_fini(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_banned_is_told_and_replaced),
        cmocka_unit_test(what_it_does_not_hear_is_not_banned),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(one_that_hangs_does_not_hang_us),
        cmocka_unit_test(one_that_was_busy_survives_the_question),
        cmocka_unit_test(one_that_is_gone_or_another_is_not_asked),
        cmocka_unit_test(in_a_captured_tree_it_only_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
