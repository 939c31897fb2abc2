/* SPDX-License-Identifier: Apache-2.0 */
/* What is done about irqbalance, to a process of its name: told to leave interrupts alone among
 * others that tell it, too, and ended and started again. */

#include "test.h"

#include "change-fixture.h"

#include "fake-irqbalance.h"
#include "irqbalance-changes.h"

#define LIMIT_MS 10000

static pid_t start_fake(void)
{
    return fake_irqbalance_start(&(struct fake_irqbalance){.named = true});
}

static char *bans(pid_t pid)
{
    struct irqbalance irqbalance;
    char *text;

    assert_int_equal(irqbalance_ask(pid, LIMIT_MS, &irqbalance), 0);
    assert_int_equal(irqbalance.answer, 0);
    text = set_format(irqbalance.banned_irqs);
    irqbalance_fini(&irqbalance);
    return text;
}

#define assert_bans(pid, wanted)                                                                   \
    do {                                                                                           \
        char *bans_now = bans(pid);                                                                \
        assert_string_equal(bans_now, wanted);                                                     \
        free(bans_now);                                                                            \
    } while (0)

static void ban(pid_t pid, const char *irqs)
{
    autoset hwloc_bitmap_t set = NULL;

    assert_int_equal(set_parse_list(irqs, &set, NULL), 0);
    assert_int_equal(irqbalance_ban(pid, set, LIMIT_MS), 0);
}

static void add(const struct fixture *fixture, enum irqbalance_mode mode, const char *irqs,
                struct changes *changes, struct notes *notes)
{
    autoset hwloc_bitmap_t set = NULL;
    struct irq_plan plan = {0};
    struct irqbalance_request request = {
        .mode = mode, .plan = &plan, .instance = "eth0", .notes = notes};
    struct np_error err = {0};
    unsigned int irq;

    assert_int_equal(set_parse_list(irqs, &set, NULL), 0);
    plan.irqs = calloc((size_t)hwloc_bitmap_weight(set) + 1, sizeof(*plan.irqs));
    assert_non_null(plan.irqs);
    hwloc_bitmap_foreach_begin(irq, set) plan.irqs[plan.n_irqs++].irq = irq;
    hwloc_bitmap_foreach_end();
    must(irqbalance_add_changes(&fixture->context, &request, changes, &err), &err);
    free(plan.irqs);
}

static struct transaction *prepared(const struct fixture *fixture, enum irqbalance_mode mode,
                                    const char *irqs)
{
    struct changes changes = {0};
    struct notes notes = {0};
    struct np_error err = {0};

    add(fixture, mode, irqs, &changes, &notes);
    assert_int_equal(notes.n, 0);
    must(transaction_prepare(&fixture->context, &changes, &err), &err);
    return transaction_of(&changes);
}

static struct transaction *applied(const struct fixture *fixture, enum irqbalance_mode mode,
                                   const char *irqs)
{
    struct transaction *transaction = prepared(fixture, mode, irqs);
    struct np_error err = {0};
    int r = transaction_apply(&fixture->context, transaction, NULL, 0, false, &err);

    must(r, &err);
    if (r != APPLY_DONE)
        fail_msg("%s (%s)", err.text, err.hint);
    return transaction;
}

/* Takes over transaction; the state of its first change, of which there is one. */
static enum change_state rolled_back(const struct fixture *fixture, struct transaction *transaction)
{
    struct np_error err = {0};
    enum change_state state;

    must(transaction_rollback(&fixture->context, transaction, &err), &err);
    if (transaction->changes.list[0].note)
        print_message("  %s\n", transaction->changes.list[0].note);
    assert_int_equal(transaction->changes.n, 1);
    state = transaction->changes.list[0].state;
    (void)transaction_free(transaction);
    return state;
}

static int look(const struct fixture *fixture, struct transaction *transaction, char **ret_text)
{
    const struct change *change = &transaction->changes.list[0];
    struct np_error err = {0};
    json_t *now = NULL;
    int r = transaction_look(&fixture->context, transaction, change, &now, &err);

    must(r, &err);
    *ret_text = change_tell(change, now);
    json_decref(now);
    return r;
}

#define assert_standing(fixture, transaction, standing, text)                                      \
    do {                                                                                           \
        char *text_now;                                                                            \
        assert_int_equal(look(fixture, transaction, &text_now), standing);                         \
        assert_string_equal(text_now, text);                                                       \
        free(text_now);                                                                            \
    } while (0)

static void bans_of_others_stay(void **state)
{
    pid_t pid = start_fake();
    struct transaction *first, *second;
    struct fixture fixture;

    fixture_init(&fixture);
    ban(pid, "5,24");
    first = applied(&fixture, IRQBALANCE_BAN, "24-27");
    assert_bans(pid, "5,24-27");
    second = applied(&fixture, IRQBALANCE_BAN, "30-31");
    assert_bans(pid, "5,24-27,30-31");
    ban(pid, "5,9,24-27,30-31"); /* somebody else */
    assert_standing(&fixture, first, STANDING_IN_PLACE, "leaves alone 5,9,24-27,30-31");
    assert_int_equal(rolled_back(&fixture, first), CHANGE_UNDONE);
    assert_bans(pid, "5,9,24,30-31");
    assert_standing(&fixture, second, STANDING_IN_PLACE, "leaves alone 5,9,24,30-31");
    assert_int_equal(rolled_back(&fixture, second), CHANGE_UNDONE);
    assert_bans(pid, "5,9,24");
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

static void bans_that_somebody_lifted_are_missed(void **state)
{
    pid_t pid = start_fake();
    struct transaction *transaction;
    struct fixture fixture;

    fixture_init(&fixture);
    ban(pid, "24");
    transaction = applied(&fixture, IRQBALANCE_BAN, "24-27");
    ban(pid, "24,26");
    assert_standing(&fixture, transaction, STANDING_MIXED, "leaves alone 24,26");
    ban(pid, "7,24");
    assert_standing(&fixture, transaction, STANDING_FORMER, "leaves alone 7,24");
    assert_int_equal(rolled_back(&fixture, transaction), CHANGE_UNDONE);
    assert_bans(pid, "7,24");
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

static void bans_end_with_the_daemon(void **state)
{
    pid_t pid = start_fake();
    struct transaction *transaction;
    struct fixture fixture;
    char text[80];

    fixture_init(&fixture);
    transaction = applied(&fixture, IRQBALANCE_BAN, "24-27");
    fake_irqbalance_end(pid);
    assert_standing(&fixture, transaction, STANDING_GONE, "gone");
    pid = start_fake();
    (void)snprintf(text, sizeof(text),
                   "irqbalance was started again (pid %d) and leaves alone none", (int)pid);
    assert_standing(&fixture, transaction, STANDING_FOREIGN, text);
    ban(pid, "24-28"); /* from its command line, for one */
    assert_int_equal(rolled_back(&fixture, transaction), CHANGE_VANISHED);
    assert_bans(pid, "24-28");
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

/* 200 interrupts of four digits are 1,000 bytes: half of them would be forgotten. */
static void more_than_it_hears_is_refused_and_put_back(void **state)
{
    pid_t pid = start_fake();
    struct transaction *transaction;
    struct np_error err = {0};
    struct fixture fixture;

    fixture_init(&fixture);
    ban(pid, "5");
    transaction = prepared(&fixture, IRQBALANCE_BAN, "1000-1199");
    assert_int_equal(transaction_apply(&fixture.context, transaction, NULL, 0, false, &err),
                     APPLY_UNTOUCHED);
    assert_non_null(strstr(err.text, "cannot be told to leave 201 interrupts alone"));
    assert_non_null(strstr(err.hint, "--irqbalance=stop"));
    assert_bans(pid, "5");
    (void)transaction_free(transaction);
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

static void one_that_does_not_answer_is_refused(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){.named = true, .reply = ""});
    struct changes changes = {0};
    struct np_error err = {0};
    struct fixture fixture;

    fixture_init(&fixture);
    add(&fixture, IRQBALANCE_BAN, "24", &changes, NULL);
    assert_int_equal(transaction_prepare(&fixture.context, &changes, &err), -EACCES);
    assert_non_null(strstr(err.text, "it listens to root only"));
    assert_non_null(strstr(err.hint, "--irqbalance=stop"));
    changes_fini(&changes);
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

static void what_is_ignored_is_said(void **state)
{
    pid_t pid = start_fake();
    struct changes changes = {0};
    struct notes notes = {0};
    struct fixture fixture;

    fixture_init(&fixture);
    add(&fixture, IRQBALANCE_IGNORE, "24", &changes, &notes);
    assert_int_equal(changes.n, 0);
    assert_int_equal(notes.n, 1);
    assert_non_null(strstr(notes.list[0], "may move"));
    notes_fini(&notes);
    add(&fixture, IRQBALANCE_BAN, "", &changes, &notes);
    fake_irqbalance_end(pid);
    add(&fixture, IRQBALANCE_BAN, "24", &changes, &notes);
    add(&fixture, IRQBALANCE_STOP, "24", &changes, &notes);
    add(&fixture, IRQBALANCE_IGNORE, "24", &changes, &notes);
    assert_int_equal(notes.n, 0);
    assert_int_equal(transaction_prepare(&fixture.context, &changes, NULL), 0);
    assert_int_equal(changes.n, 0);
    changes_fini(&changes);
    fixture_fini(&fixture);
}

static void assert_words(const struct fixture *fixture, pid_t pid, const char *file,
                         const char *const *words)
{
    char **now;
    size_t i;

    assert_int_equal(proc_words(fixture->context.root, pid, file, &now), 0);
    for (i = 0; words[i]; i++)
        assert_string_equal(now[i], words[i]);
    assert_null(now[i]);
    strv_free(now);
}

static pid_t running(const struct fixture *fixture)
{
    pid_t pid = 0;
    int r = irqbalance_pid(fixture->context.root, &pid);

    return r == 0 ? pid : 0;
}

static void it_is_stopped_and_comes_back_as_it_was(void **state)
{
    struct transaction *first, *second;
    struct fixture fixture;
    struct proc_id before;
    char cwd[32] = "";
    char link[64];
    pid_t now;

    fixture_init(&fixture);
    before = fake_irqbalance_program(fixture.directory);
    first = applied(&fixture, IRQBALANCE_STOP, "24");
    assert_false(proc_is_same(fixture.context.root, &before));
    assert_int_equal(waitpid(before.pid, NULL, 0), before.pid);
    assert_standing(&fixture, first, STANDING_IN_PLACE, "stopped");
    /* Who comes later holds it, too, whatever it would have done to one that runs. */
    second = applied(&fixture, IRQBALANCE_BAN, "25");
    assert_int_equal(second->changes.n, 1);
    assert_int_equal(rolled_back(&fixture, first), CHANGE_UNDONE);
    assert_int_equal(running(&fixture), 0);
    assert_int_equal(rolled_back(&fixture, second), CHANGE_UNDONE);
    now = running(&fixture);
    assert_true(now > 0);
    assert_words(&fixture, now, "cmdline", (const char *[]){"irqbalance", "1000", NULL});
    assert_words(&fixture, now, "environ", (const char *[]){"IRQBALANCE_BANNED_CPULIST=3", NULL});
    (void)snprintf(link, sizeof(link), "/proc/%d/cwd", (int)now);
    assert_true(readlink(link, cwd, sizeof(cwd) - 1) > 0);
    assert_string_equal(cwd, "/tmp");
    fake_irqbalance_end(now);
    fixture_fini(&fixture);
}

static void one_that_somebody_started_again_is_kept(void **state)
{
    struct transaction *transaction;
    struct fixture fixture;
    struct proc_id id;
    char text[40];

    fixture_init(&fixture);
    id = fake_irqbalance_program(fixture.directory);
    transaction = applied(&fixture, IRQBALANCE_STOP, "24");
    assert_int_equal(waitpid(id.pid, NULL, 0), id.pid);
    id = fake_irqbalance_program(fixture.directory);
    (void)snprintf(text, sizeof(text), "runs as pid %d", (int)id.pid);
    assert_standing(&fixture, transaction, STANDING_FORMER, text);
    assert_int_equal(rolled_back(&fixture, transaction), CHANGE_UNDONE);
    assert_true(proc_is_same(fixture.context.root, &id));
    fake_irqbalance_end(id.pid);
    fixture_fini(&fixture);
}

/* For as long as we run, nobody else's test has one; a real one would be asked and stopped. */
static int alone_without_irqbalance(void **state)
{
    struct root *root;
    pid_t pid = 0;
    int r = alone(state);

    if (r < 0)
        return r;
    assert_int_equal(root_open("/", &root, NULL), 0);
    r = irqbalance_pid(root, &pid);
    (void)root_free(root);
    if (r == -ESRCH)
        return 0;
    print_message("skipped: irqbalance (pid %d) runs on this machine\n", (int)pid);
    exit(77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bans_of_others_stay),
        cmocka_unit_test(bans_that_somebody_lifted_are_missed),
        cmocka_unit_test(bans_end_with_the_daemon),
        cmocka_unit_test(more_than_it_hears_is_refused_and_put_back),
        cmocka_unit_test(one_that_does_not_answer_is_refused),
        cmocka_unit_test(what_is_ignored_is_said),
        cmocka_unit_test(it_is_stopped_and_comes_back_as_it_was),
        cmocka_unit_test(one_that_somebody_started_again_is_kept),
    };

    return cmocka_run_group_tests(tests, alone_without_irqbalance, NULL);
}
