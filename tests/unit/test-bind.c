/* SPDX-License-Identifier: Apache-2.0 */
/* Why a binding was refused, on a machine that has every reason: nodes 0-2 and 5, of which 2 has no
 * memory and 5 is not granted; CPUs 0-7, of which 3 is offline and 6-7 are not granted. */
#include "test.h"

#include "bind.h"
#include "numa-calls.h"
#include "set.h"
#include "tree.h"

static struct tree tree;

static int make_tree(void **state)
{
    tree_init(&tree);
    tree_file(&tree, "sys/devices/system/cpu/present", "0-7\n");
    tree_file(&tree, "sys/devices/system/cpu/online", "0-2,4-7\n");
    tree_file(&tree, "sys/devices/system/node/online", "0-2,5\n");
    tree_file(&tree, "sys/devices/system/node/has_memory", "0-1,5\n");
    tree_file(&tree, "proc/self/status",
              "Name:\tx\nCpus_allowed_list:\t0-2,4-5\nMems_allowed_list:\t0-1\n");
    tree_file(&tree, "proc/self/cpuset", "/batch\n");
    return 0;
}

static int remove_tree(void **state)
{
    tree_fini(&tree);
    return 0;
}

static const struct {
    const char *set;
    const char *reason;
} cpu_cases[] =
    {
        {"0-2", ""},
        {"9", "CPU 9 does not exist (the machine has 0-7)"},
        {"3", "CPU 3 is offline"},
        {"6-7",
         "CPUs 6-7 are not granted to this process (granted: 0-2,4-5) by Cpus_allowed_list in "
         "/proc/self/status, cpuset /batch"},
        {"0,3,8-9", "CPUs 8-9 do not exist (the machine has 0-7); CPU 3 is offline"},
},
  node_cases[] = {
      {"0-1", ""},
      {"3", "node 3 does not exist (the machine has 0-2,5)"},
      {"2", "node 2 has no memory"},
      {"2,5", "node 2 has no memory; node 5 is not granted to this process (granted: 0-1) by "
              "Mems_allowed_list in /proc/self/status, cpuset /batch"},
};

static void test_reasons(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cpu_cases); i++) {
        autoset hwloc_bitmap_t set = NULL;
        autofree char *reason = NULL;

        assert_int_equal(set_parse_list(cpu_cases[i].set, &set, NULL), 0);
        reason = bind_reason_cpus(tree.root, set);
        assert_string_equal(reason, cpu_cases[i].reason);
    }
    for (size_t i = 0; i < ARRAY_SIZE(node_cases); i++) {
        autoset hwloc_bitmap_t set = NULL;
        autofree char *reason = NULL;

        assert_int_equal(set_parse_list(node_cases[i].set, &set, NULL), 0);
        reason = bind_reason_nodes(tree.root, set);
        assert_string_equal(reason, node_cases[i].reason);
    }
}

/* Once we are bound ourselves, our own list says nothing of what was granted. */
static void test_lost(void **state)
{
    autoset hwloc_bitmap_t set = NULL;
    autofree char *reason = NULL;

    assert_int_equal(set_parse_list("1,3,9", &set, NULL), 0);
    reason = bind_reason_lost_cpus(tree.root, set);
    assert_string_equal(reason, "CPU 9 does not exist (the machine has 0-7); CPU 3 is offline; "
                                "CPU 1 is not granted to this process, cpuset /batch");
}

static const struct {
    enum bind_step step;
    int mode;
    const char *set;
    int code;
    const char *text;
} explain_cases[] = {
    {BIND_CPUS, MPOL_DEFAULT, "3", -EINVAL, "cannot set CPUs: CPU 3 is offline"},
    {BIND_CPUS, MPOL_DEFAULT, "", -EINVAL, "cannot set CPUs: the set of CPUs is empty"},
    {BIND_CPUS, MPOL_DEFAULT, "0", -EPERM, "sched_setaffinity(2) is forbidden here (EPERM)"},
    {BIND_POLICY, MPOL_BIND, "2", -EINVAL, "cannot place memory: node 2 has no memory"},
    {BIND_POLICY, MPOL_BIND, "", -EINVAL, "cannot place memory: the set of nodes is empty"},
    {BIND_POLICY, MPOL_BIND, "0", -EPERM, "set_mempolicy(2) is forbidden here (EPERM)"},
    {BIND_POLICY, MPOL_BIND, "0", -ENOSYS,
     "this kernel has no set_mempolicy(2): it was built without NUMA"},
    {BIND_POLICY, NUMA_MPOL_WEIGHTED_INTERLEAVE, "0", -EINVAL,
     "this kernel does not know weighted interleaving (Linux 6.9)"},
};

static void test_explain(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(explain_cases); i++) {
        autoset hwloc_bitmap_t set = NULL;
        struct binding binding = {.mode = explain_cases[i].mode};
        struct np_error err = {0};

        assert_int_equal(set_parse_list(explain_cases[i].set, &set, NULL), 0);
        binding.cpus = binding.nodes = set;
        assert_int_equal(
            bind_explain(tree.root, &binding, explain_cases[i].step, explain_cases[i].code, &err),
            explain_cases[i].code);
        assert_string_equal(err.text, explain_cases[i].text);
    }
}

/* On the machine that the test runs on: bound to one CPU of ours, the kernel says so. */
static void test_bind_self(void **state)
{
    autoset hwloc_bitmap_t before = NULL, after = NULL, one = hwloc_bitmap_alloc();
    struct bound bound;
    enum bind_step step;
    struct binding binding = {.mode = BINDING_KEEP_POLICY};

    assert_int_equal(numa_get_affinity(0, &before), 0);
    hwloc_bitmap_only(one, (unsigned int)hwloc_bitmap_last(before));
    binding.cpus = one;
    assert_int_equal(bind_self(&binding, &bound, &step), 0);
    assert_true(hwloc_bitmap_iszero(bound.lost_cpus));
    assert_int_equal(numa_get_affinity(0, &after), 0);
    assert_true(hwloc_bitmap_isequal(after, one));
    bound_fini(&bound);

    hwloc_bitmap_set(one, SET_ID_MAX); /* does not exist: taken away without a word */
    assert_int_equal(bind_self(&binding, &bound, &step), 0);
    assert_int_equal(set_only(bound.lost_cpus), SET_ID_MAX);
    bound_fini(&bound);

    hwloc_bitmap_only(one, SET_ID_MAX);
    assert_int_equal(bind_self(&binding, &bound, &step), -EINVAL);
    assert_int_equal(step, BIND_CPUS);
    assert_int_equal(numa_set_affinity(0, before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reasons, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(test_lost, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(test_explain, make_tree, remove_tree),
        cmocka_unit_test(test_bind_self),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
