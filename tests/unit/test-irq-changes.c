/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts and queues: set, judged and put back, in a tree that looks like a network device's.
 * What only a kernel can answer is asked of this machine's, where it has such an interrupt. */
#include "test.h"

#include "changes-from-irq-plan.h"
#include "irq-fixture.h"

/* A fixture whose changes go to a tree. */
struct scene {
    struct fixture fixture;
    struct tree tree;
    const struct root *machine;
    struct changes changes;
    struct transaction *transaction;
};

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){0};
    fixture_init(&scene->fixture);
    tree_init(&scene->tree);
    scene->machine = scene->fixture.context.root;
    scene->fixture.context.root = scene->tree.root;
}

static void scene_fini(struct scene *scene)
{
    changes_fini(&scene->changes);
    (void)transaction_free(scene->transaction);
    tree_fini(&scene->tree);
    scene->fixture.context.root = scene->machine;
    fixture_fini(&scene->fixture);
}

static void apply(struct scene *scene)
{
    struct np_error err = {0};
    int r;

    must(transaction_prepare(&scene->fixture.context, &scene->changes, &err), &err);
    scene->transaction = transaction_of(&scene->changes);
    r = transaction_apply(&scene->fixture.context, scene->transaction, NULL, 0, false, &err);
    if (r != APPLY_DONE)
        fail_msg("apply: %d: %s", r, err.text);
}

/* As it stands in the journal. */
static void reload(struct scene *scene)
{
    struct np_error err = {0};
    int64_t id = scene->transaction->id;

    scene->transaction = transaction_free(scene->transaction);
    must(journal_load(scene->fixture.context.journal, id, &scene->transaction, &err), &err);
}

static int roll_back(struct scene *scene)
{
    struct np_error err = {0};
    int r;

    reload(scene);
    r = transaction_rollback(&scene->fixture.context, scene->transaction, &err);
    must(r, &err);
    reload(scene);
    return r;
}

static int look(const struct scene *scene, unsigned int i, char **ret_text)
{
    const struct change *change = &scene->transaction->changes.list[i];
    struct np_error err = {0};
    json_t *now = NULL;
    int r = transaction_look(&scene->fixture.context, scene->transaction, change, &now, &err);

    must(r, &err);
    if (ret_text)
        *ret_text = change_tell(change, now);
    json_decref(now);
    return r;
}

static void assert_look(const struct scene *scene, unsigned int i, enum standing standing,
                        const char *text)
{
    char *now;

    assert_int_equal(look(scene, i, &now), standing);
    assert_string_equal(now, text);
    free(now);
}

static enum change_state state_of(const struct scene *scene, unsigned int i)
{
    return scene->transaction->changes.list[i].state;
}

static void test_round_trip(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    assert_file(&scene.tree, "proc/irq/40/smp_affinity_list", "4");
    assert_file(&scene.tree, "proc/irq/42/smp_affinity_list", "5");
    assert_file(&scene.tree, "sys/class/net/eth0/queues/tx-0/xps_cpus", "10");
    assert_file(&scene.tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "2,000000f0");
    reload(&scene);
    for (unsigned int i = 0; i < scene.transaction->changes.n; i++) {
        assert_int_equal(state_of(&scene, i), CHANGE_MADE);
        assert_int_equal(look(&scene, i, NULL), STANDING_IN_PLACE);
    }
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_nic_as_before(&scene.tree);
    for (unsigned int i = 0; i < scene.transaction->changes.n; i++)
        assert_int_equal(state_of(&scene, i), CHANGE_UNDONE);
    scene_fini(&scene);
}

static void test_described(void **state)
{
    static const char *const texts[] = {
        "interrupt 40 (eth0-config): CPUs 0-7 -> 4",      "interrupt 41 (eth0-0): CPUs 0-7 -> 4",
        "interrupt 42 (eth0-1): CPUs 1,3 -> 5",           "eth0 tx-0: sending CPUs (XPS) 0-7 -> 4",
        "eth0 rx-0: receiving CPUs (RPS) none -> 4-7,33",
    };
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
        const struct change *change = &scene.transaction->changes.list[i];
        char *text = change_kind(change->kind)->describe(change);

        assert_string_equal(text, texts[i]);
        free(text);
    }
    scene_fini(&scene);
}

/* Masks are numbers: the kernel writes them with as many digits as it likes. */
static void test_other_words_same_value(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    tree_put(&scene.tree, "proc/irq/40/smp_affinity_list", "4-4\n");
    tree_put(&scene.tree, "sys/class/net/eth0/queues/tx-0/xps_cpus", "0000,00000010\n");
    assert_look(&scene, 0, STANDING_IN_PLACE, "CPUs 4");
    assert_look(&scene, 3, STANDING_IN_PLACE, "sending CPUs (XPS) 4");
    scene_fini(&scene);
}

/* The CPU that takes it lags behind until it is raised: pending, which is no failure. */
static void test_pending(void **state)
{
    struct scene scene;

    scene_init(&scene);
    tree_put(&scene.tree, "proc/irq/41/effective_affinity_list", "0\n");
    add_nic(&scene.changes);
    apply(&scene);
    assert_look(&scene, 1, STANDING_PENDING, "CPUs 4, taken by CPU 0 until it is next raised");
    tree_put(&scene.tree, "proc/irq/41/effective_affinity_list", "4\n");
    assert_look(&scene, 1, STANDING_IN_PLACE, "CPUs 4, taken by CPU 4");
    tree_put(&scene.tree, "proc/irq/41/effective_affinity_list", "\n"); /* the kernel is silent */
    assert_look(&scene, 1, STANDING_IN_PLACE, "CPUs 4");
    scene_fini(&scene);
}

static void test_moved_by_others(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    tree_put(&scene.tree, "proc/irq/41/smp_affinity_list", "2\n");
    tree_put(&scene.tree, "proc/irq/42/smp_affinity_list", "1,3\n");
    tree_put(&scene.tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "f\n");
    assert_look(&scene, 1, STANDING_FOREIGN, "CPUs 2");
    assert_look(&scene, 2, STANDING_FORMER, "CPUs 1,3");
    assert_look(&scene, 4, STANDING_FOREIGN, "receiving CPUs (RPS) 0-3");
    assert_int_equal(roll_back(&scene), ROLLBACK_PARTLY);
    assert_int_equal(state_of(&scene, 1), CHANGE_LEFT);
    assert_non_null(strstr(scene.transaction->changes.list[1].note, "CPUs 2 by somebody else"));
    assert_int_equal(state_of(&scene, 2), CHANGE_UNDONE);
    assert_int_equal(state_of(&scene, 4), CHANGE_LEFT);
    assert_file(&scene.tree, "proc/irq/41/smp_affinity_list", "2");
    scene.fixture.context.force = true;
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_nic_as_before(&scene.tree);
    scene_fini(&scene);
}

/* A number that another action has now is not ours, whatever its CPUs. */
static void test_number_of_another(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    tree_put_irq(&scene.tree, 41, "nvme1q2\n", "4\n");
    tree_remove(&scene.tree, "sys/kernel/irq/42");
    assert_look(&scene, 1, STANDING_GONE, "gone");
    assert_look(&scene, 2, STANDING_GONE, "gone");
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_int_equal(state_of(&scene, 0), CHANGE_UNDONE);
    assert_int_equal(state_of(&scene, 1), CHANGE_VANISHED);
    assert_int_equal(state_of(&scene, 2), CHANGE_VANISHED);
    assert_file(&scene.tree, "proc/irq/41/smp_affinity_list", "4");
    scene_fini(&scene);
}

/* While its link is down nothing handles an interrupt, and its CPUs are still set. */
static void test_link_down(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    tree_put(&scene.tree, "sys/kernel/irq/41/actions", "\n");
    tree_put(&scene.tree, "sys/kernel/irq/42/actions", "\n");
    tree_remove(&scene.tree, "sys/class/net/eth0/device/msi_irqs/42");
    assert_look(&scene, 1, STANDING_IN_PLACE, "CPUs 4");
    assert_look(&scene, 2, STANDING_GONE, "gone");
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_file(&scene.tree, "proc/irq/41/smp_affinity_list", "0-7");
    assert_file(&scene.tree, "proc/irq/42/smp_affinity_list", "5");
    scene_fini(&scene);
}

/* Unplugged after it was applied: gone, and the rest is put back. */
static void test_unplugged(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    add_irq(&scene.changes, 50, "eth1-0", "6");
    tree_put_irq(&scene.tree, 50, "eth1-0\n", "0-3\n");
    apply(&scene);
    tree_remove(&scene.tree, "sys/class/net/eth0");
    for (unsigned int irq = 40; irq <= 42; irq++) {
        char file[64];

        (void)snprintf(file, sizeof(file), "sys/kernel/irq/%u", irq);
        tree_remove(&scene.tree, file);
    }
    for (unsigned int i = 0; i < 5; i++)
        assert_int_equal(look(&scene, i, NULL), STANDING_GONE);
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    for (unsigned int i = 0; i < 5; i++)
        assert_int_equal(state_of(&scene, i), CHANGE_VANISHED);
    assert_int_equal(state_of(&scene, 5), CHANGE_UNDONE);
    assert_file(&scene.tree, "proc/irq/50/smp_affinity_list", "0-3");
    scene_fini(&scene);
}

/* Another device of the same name is another device. */
static void test_plugged_again(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_nic(&scene.changes);
    apply(&scene);
    tree_put(&scene.tree, "sys/class/net/eth0/ifindex", "7\n");
    tree_put(&scene.tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "1\n");
    assert_look(&scene, 4, STANDING_GONE, "gone");
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_file(&scene.tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "1");
    scene_fini(&scene);
}

/* Refused before anything is written, with the thing's name. */
static void assert_refused(struct scene *scene, int code, const char *text)
{
    struct np_error err = {0};

    assert_int_equal(transaction_prepare(&scene->fixture.context, &scene->changes, &err), code);
    if (!strstr(err.text, text))
        fail_msg("\"%s\" is not in \"%s\"", text, err.text);
    assert_string_not_equal(err.hint, "");
    assert_nic_as_before(&scene->tree);
    changes_fini(&scene->changes);
}

static void test_refused(void **state)
{
    struct scene scene;

    scene_init(&scene);
    add_irq(&scene.changes, 40, "eth0-config", "4");
    add_irq(&scene.changes, 41, "eth0-3", "4"); /* renumbered since it was planned */
    assert_refused(&scene, -ESTALE, "interrupt 41 is no longer eth0-3");
    add_irq(&scene.changes, 77, "eth0-0", "4");
    assert_refused(&scene, -ESTALE, "interrupt 77 is no longer eth0-0");
    add_queue(&scene.changes, "tx-3", "xps_cpus", json_pack("{s:s}", "cpus", "4"));
    assert_refused(&scene, -ESTALE, "eth0 has no queue tx-3 any more");
    scene_fini(&scene);
}

/* Two actions: sysfs and /proc/interrupts write them differently. */
static void test_shared_interrupt(void **state)
{
    struct scene scene;

    scene_init(&scene);
    tree_put_irq(&scene.tree, 16, "ehci_hcd,eth9\n", "0-3\n");
    add_irq(&scene.changes, 16, "ehci_hcd, eth9", "1");
    apply(&scene);
    assert_look(&scene, 0, STANDING_IN_PLACE, "CPUs 1");
    scene_fini(&scene);
}

/* Without rights nothing is changed, and it is said. */
static void test_without_rights(void **state)
{
    struct scene scene;
    int status;
    pid_t pid;

    skip_unless(geteuid() == 0, "not root: there are no rights to drop");
    scene_init(&scene);
    assert_int_equal(chmod(scene.tree.path, 0755), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        assert_int_equal(setuid(65534), 0);
        add_nic(&scene.changes);
        assert_refused(&scene, -EACCES, "interrupt 40 (eth0-config) cannot be set from here");
        add_queue(&scene.changes, "tx-0", "xps_cpus", json_pack("{s:s}", "cpus", "4"));
        assert_refused(&scene, -EACCES, "cannot set xps_cpus of eth0 tx-0");
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    scene_fini(&scene);
}

/* An interrupt of this machine that the kernel manages itself: writing what it has is refused. -1:
 * there is none. */
static int find_managed(const struct root *root, char **ret_name)
{
    char **names;
    int found = -1;

    if (root_list(root, &names, "proc/irq") < 0)
        return -1;
    for (char **name = names; *name && found < 0; name++) {
        char *cpus = NULL, *actions = NULL;

        if (root_read(root, &cpus, "proc/irq/%s/smp_affinity_list", *name) == 0 &&
            root_read(root, &actions, "sys/kernel/irq/%s/actions", *name) == 0 && actions[0]) {
            int r = root_write(root, cpus, "proc/irq/%s/smp_affinity_list", *name);

            if (r == -EIO || r == -EPERM) {
                found = atoi(*name);
                *ret_name = strdup(actions);
            }
        }
        free(cpus);
        free(actions);
    }
    strv_free(names);
    return found;
}

static void test_managed(void **state)
{
    char *name = NULL, *text;
    struct scene scene;
    int irq;

    skip_unless(geteuid() == 0, "not root");
    scene_init(&scene);
    scene.fixture.context.root = scene.machine;
    irq = find_managed(scene.machine, &name);
    if (irq < 0) {
        scene_fini(&scene);
        skip_unless(false, "the kernel manages no interrupt here");
    }
    add_irq(&scene.changes, (unsigned int)irq, name, "0");
    apply(&scene);
    reload(&scene);
    assert_int_equal(look(&scene, 0, NULL), STANDING_IN_PLACE);
    text = kind_irq.describe(&scene.transaction->changes.list[0]);
    assert_non_null(strstr(text, "fixed on CPUs"));
    assert_non_null(strstr(scene.transaction->changes.list[0].note, "the kernel manages"));
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    free(text);
    free(name);
    scene_fini(&scene);
}

static hwloc_bitmap_t set_of(const char *list)
{
    hwloc_bitmap_t set;

    assert_int_equal(set_parse_list(list, &set, NULL), 0);
    return set;
}

/* Interrupts 40 to 42 to CPUs 4 and 5; RPS for the first of the receive queues only. */
static struct irq_plan *plan_of_eth0(void)
{
    struct irq_plan *plan = calloc(1, sizeof(*plan));

    assert_non_null(plan);
    *plan = (struct irq_plan){
        .device = strdup("eth0"),
        .irqs = calloc(3, sizeof(*plan->irqs)),
        .n_irqs = 3,
        .queues = calloc(4, sizeof(*plan->queues)),
        .n_queues = 4,
        .n_rx = 2,
        .n_tx = 2,
    };
    plan->irqs[0] = (struct irq_choice){40, strdup("eth0-config"), .cpus = set_of("4")};
    plan->irqs[1] = (struct irq_choice){.irq = 41,
                                        .name = strdup("eth0-0"),
                                        .kind = QUEUE_COMBINED,
                                        .queue = 0,
                                        .cpus = set_of("4")};
    plan->irqs[2] = (struct irq_choice){.irq = 42,
                                        .name = strdup("eth0-1"),
                                        .kind = QUEUE_COMBINED,
                                        .queue = 1,
                                        .cpus = set_of("5")};
    plan->queues[0] = (struct queue_choice){QUEUE_TX, 0, set_of("4"), set_of("4")};
    plan->queues[1] = (struct queue_choice){QUEUE_TX, 1, set_of("5"), set_of("")};
    plan->queues[2] = (struct queue_choice){QUEUE_RX, 0, set_of("4,6"), set_of("")};
    plan->queues[3] = (struct queue_choice){QUEUE_RX, 1, set_of(""), set_of("")};
    return plan;
}

static void test_from_plan(void **state)
{
    static const char *const texts[] = {
        "interrupt 40 (eth0-config): CPUs 0-7 -> 4", "interrupt 41 (eth0-0): CPUs 0-7 -> 4",
        "interrupt 42 (eth0-1): CPUs 1,3 -> 5",      "eth0 tx-0: sending CPUs (XPS) 0-7 -> 4",
        "eth0 tx-1: sending CPUs (XPS) none -> 5",   "eth0 rx-0: receiving CPUs (RPS) none -> 4,6",
    };
    struct irq_plan *plan = plan_of_eth0();
    struct np_error err = {0};
    struct scene scene;

    scene_init(&scene);
    must(changes_from_irq_plan(&scene.fixture.context, plan, "eth0", &scene.changes, &err), &err);
    must(irq_plan_check(scene.tree.root, plan, &err), &err);
    apply(&scene);
    assert_int_equal(scene.transaction->changes.n, ARRAY_SIZE(texts));
    for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
        const struct change *change = &scene.transaction->changes.list[i];
        char *text = change_kind(change->kind)->describe(change);

        assert_string_equal(text, texts[i]);
        assert_int_equal(look(&scene, i, NULL), STANDING_IN_PLACE);
        free(text);
    }
    assert_int_equal(roll_back(&scene), ROLLBACK_DONE);
    assert_nic_as_before(&scene.tree);
    (void)irq_plan_free(plan);
    scene_fini(&scene);
}

/* The device is not what it was when it was planned for: said before anything is written. */
static void test_plan_is_old(void **state)
{
    struct irq_plan *plan = plan_of_eth0();
    struct np_error err = {0};
    struct scene scene;

    scene_init(&scene);
    tree_put(&scene.tree, "sys/class/net/eth0/queues/rx-2/rps_cpus", "0\n");
    assert_int_equal(irq_plan_check(scene.tree.root, plan, &err), -ESTALE);
    assert_string_equal(err.text, "eth0 has 3 receive and 2 transmit queues now, and was planned "
                                  "with 2 and 2");
    tree_remove(&scene.tree, "sys/class/net/eth0");
    assert_int_equal(irq_plan_check(scene.tree.root, plan, &err), -ENODEV);
    assert_string_equal(err.text, "eth0 is gone since it was planned");
    assert_int_equal(
        changes_from_irq_plan(&scene.fixture.context, plan, "eth0", &scene.changes, &err), -ENODEV);
    assert_int_equal(scene.changes.n, 0);
    (void)irq_plan_free(plan);
    scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_described),
        cmocka_unit_test(test_other_words_same_value),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_moved_by_others),
        cmocka_unit_test(test_number_of_another),
        cmocka_unit_test(test_link_down),
        cmocka_unit_test(test_unplugged),
        cmocka_unit_test(test_plugged_again),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shared_interrupt),
        cmocka_unit_test(test_without_rights),
        cmocka_unit_test(test_managed),
        cmocka_unit_test(test_from_plan),
        cmocka_unit_test(test_plan_is_old),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
