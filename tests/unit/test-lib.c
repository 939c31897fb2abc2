/* SPDX-License-Identifier: Apache-2.0 */
/* The public library as its users link it: only the shared object and the public headers. */
#include "test.h"

#include "mem.h"
#include "tree.h"

#include <linux/filter.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <numaplace/numaplace.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NO_CPU 4000u  /* that this machine has */
#define NO_NODE 1000u /* the same */

static void test_machine(void **state)
{
    struct np_machine *machine;
    struct np_node nodes[4];
    unsigned int cpus[8], node, distance;
    struct np_error err;

    assert_int_equal(np_machine_load("synthetic:pack:2 [numa] core:4 pu:1", &machine, &err), 0);
    assert_int_equal(np_machine_nodes(machine, nodes, 4), 2);
    assert_int_equal(nodes[1].node, 1);
    assert_int_equal(np_machine_nodes(machine, NULL, 0), 2);
    assert_int_equal(np_machine_node_cpus(machine, 1, cpus, 2), 4);
    assert_int_equal(cpus[0], 4);
    assert_int_equal(cpus[1], 5);
    assert_int_equal(np_machine_node_cpus(machine, 7, cpus, 8), 0);
    assert_int_equal(np_machine_cpu_node(machine, 6, &node), 0);
    assert_int_equal(node, 1);
    assert_int_equal(np_machine_cpu_node(machine, 99, &node), -ENOENT);
    assert_int_equal(np_machine_device_node(machine, "eth9", &node), -ENOENT);
    assert_int_equal(np_machine_distance(machine, 0, 7, &distance), -ENODATA);
    assert_null(np_machine_free(machine));
    assert_null(np_machine_free(NULL));
}

static void test_machine_refused(void **state)
{
    struct np_machine *machine = NULL;
    struct np_error err = {0};

    assert_int_equal(np_machine_load("/nonexistent/tree", &machine, &err), -ENOENT);
    assert_null(machine);
    assert_string_equal(err.file, "/nonexistent/tree");
    assert_true(err.text[0] != 0);
}

static void test_where(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 1000 * page;
    struct np_pages pages[64];
    uint64_t absent, present = 0;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int n;

    assert_true(memory != MAP_FAILED);
    assert_int_equal(madvise(memory, length, MADV_NOHUGEPAGE), 0);
    assert_int_equal(np_where(memory, length, pages, 64, &absent), 0);
    assert_int_equal(absent, length);
    memset(memory, 1, 600 * page);
    n = np_where(memory, length, pages, 64, &absent);
    assert_true(n >= 1);
    for (int i = 0; i < n; i++)
        present += pages[i].bytes;
    assert_int_equal(present, 600 * page);
    assert_int_equal(absent, 400 * page);
    assert_int_equal(np_where(memory + 1, 1, pages, 64, &absent), 1); /* widened to its page */
    assert_int_equal(pages[0].bytes, page);
    assert_int_equal(np_where(memory, 1, pages, 0, &absent), -ENOSPC);
    assert_int_equal(np_where(memory, SIZE_MAX, pages, 64, &absent), -EINVAL);
    assert_int_equal(munmap(memory, length), 0);
}

/* What a thread may use and where its pages come from, as the kernel tells it. */
struct placement {
    cpu_set_t cpus;
    int mode;
    unsigned long nodes[16];
};

static struct placement placement(void)
{
    struct placement now;

    memset(&now, 0, sizeof(now));
    assert_int_equal(sched_getaffinity(0, sizeof(now.cpus), &now.cpus), 0);
    assert_int_equal(syscall(SYS_get_mempolicy, &now.mode, now.nodes, 1025UL, NULL, 0UL), 0);
    return now;
}

static unsigned int first_cpu(void)
{
    struct placement now = placement();
    unsigned int cpu = 0;

    while (!CPU_ISSET(cpu, &now.cpus))
        cpu++;
    return cpu;
}

static void add_node(const struct tree *tree, unsigned int node, const char *cpus, const char *kib)
{
    char path[128], text[128];

    (void)snprintf(path, sizeof(path), "sys/devices/system/node/node%u/cpulist", node);
    tree_file(tree, path, cpus);
    (void)snprintf(path, sizeof(path), "sys/devices/system/node/node%u/meminfo", node);
    (void)snprintf(text, sizeof(text), "Node %u MemTotal: %s kB\nNode %u MemFree: 4 kB\n", node,
                   kib, node);
    tree_file(tree, path, text);
}

static void add_nic(const struct tree *tree, const char *name, const char *node)
{
    char path[128], target[128];

    (void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/numa_node", name);
    tree_file(tree, path, node);
    (void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/net/%s/mtu", name, name);
    tree_file(tree, path, "1500\n");
    (void)snprintf(target, sizeof(target), "../../devices/pci0000:00/%s/net/%s", name, name);
    (void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/net/%s/device", name, name);
    tree_link(tree, path, "../..");
    (void)snprintf(path, sizeof(path), "sys/class/net/%s", name);
    tree_link(tree, path, target);
}

/* A machine whose node 0 is this one's, with a CPU that is ours: one can be pinned to its near0.
 * Behind the other cards there is always something missing. */
static void make_cards(struct tree *tree, bool cpu_is_there)
{
    char cpu[16];

    (void)snprintf(cpu, sizeof(cpu), "%u", cpu_is_there ? first_cpu() : NO_CPU);
    tree_init(tree);
    tree_file(tree, "sys/devices/system/node/online", "0-2,1000\n");
    add_node(tree, 0, cpu, "65536");
    add_node(tree, 1, "", "65536");
    add_node(tree, 2, "8", "0");
    add_node(tree, NO_NODE, "9", "65536");
    tree_file(tree, "sys/devices/system/cpu/online", cpu_is_there ? "0-9\n" : "0-9,4000\n");
    add_nic(tree, "near0", "0\n");
    add_nic(tree, "unknown0", "-1\n");
    add_nic(tree, "cpuless0", "1\n");
    add_nic(tree, "memless0", "2\n");
    add_nic(tree, "nowhere0", "1000\n");
}

static void add_irq(const struct tree *tree, unsigned int irq, const char *allowed,
                    const char *effective)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/irq/%u/smp_affinity_list", irq);
    tree_file(tree, path, allowed);
    (void)snprintf(path, sizeof(path), "proc/irq/%u/effective_affinity_list", irq);
    tree_file(tree, path, effective);
}

/* near0's second queue has the lower interrupt, and its third sends only and was moved since the
 * kernel took it. Of unknown0 the kernel has not told yet which CPU it is. */
static void add_interrupts(const struct tree *tree)
{
    char cpu[16];

    (void)snprintf(cpu, sizeof(cpu), "%u", first_cpu());
    tree_file(tree, "proc/interrupts",
              "           CPU0       CPU1\n"
              " 30:          0          0   PCI-MSI 1-edge      near0-TxRx-1\n"
              " 31:          1          0   PCI-MSI 2-edge      near0-TxRx-0\n"
              " 32:          1          0   PCI-MSI 3-edge      near0-tx-2\n"
              " 33:          1          0   PCI-MSI 4-edge      near0\n"
              " 40:          0          0   PCI-MSI 5-edge      unknown0-rx-0\n"
              " 41:          0          0   PCI-MSI 6-edge      cpuless0-rx-0\n");
    add_irq(tree, 30, "0-9", "8");
    add_irq(tree, 31, "0-9", cpu);
    add_irq(tree, 32, "9", "3");
    add_irq(tree, 33, "0-9", "0");
    add_irq(tree, 40, "4-6", "");
    add_irq(tree, 41, "4000", "4000");
}

static struct np_machine *load_cards(struct tree *tree, bool cpu_is_there)
{
    struct np_machine *machine = NULL;
    struct np_error err = {0};

    make_cards(tree, cpu_is_there);
    add_interrupts(tree);
    if (np_machine_load(tree->path, &machine, &err) < 0)
        fail_msg("%s: %s", err.file, err.text);
    return machine;
}

static void test_device(void **state)
{
    struct np_device *near = NULL, *unknown = NULL, *none = NULL;
    struct np_queue queues[4];
    unsigned int cpus[4], node;
    struct np_error err = {0};
    struct tree tree;
    struct np_machine *machine = load_cards(&tree, true);

    assert_int_equal(np_device_read(machine, "near0", &near, &err), 0);
    assert_int_equal(np_device_read(machine, "netdev:unknown0", &unknown, NULL), 0);
    assert_int_equal(np_device_read(machine, "eth9", &none, &err), -ENOENT);
    assert_true(err.text[0] != '\0');
    assert_null(none);
    tree_fini(&tree);

    assert_int_equal(np_device_node(near, &node), 0);
    assert_int_equal(node, 0);
    assert_int_equal(np_device_queues(near, NULL, 0), 3);
    assert_int_equal(np_device_queues(near, queues, 4), 3);
    assert_int_equal(queues[0].kind, NP_QUEUE_COMBINED);
    assert_int_equal(queues[0].queue, 0);
    assert_int_equal(queues[0].irq, 31);
    assert_int_equal(queues[1].irq, 30);
    assert_int_equal(queues[2].kind, NP_QUEUE_TX);
    assert_int_equal(queues[2].queue, 2);
    assert_int_equal(np_device_queue_cpus(near, 0, cpus, 4), 1);
    assert_int_equal(cpus[0], first_cpu());
    assert_int_equal(np_device_queue_cpus(near, 1, cpus, 4), 1);
    assert_int_equal(cpus[0], 8);
    assert_int_equal(np_device_queue_cpus(near, 2, cpus, 4), 1);
    assert_int_equal(cpus[0], 9);
    assert_int_equal(np_device_queue_cpus(near, 3, cpus, 4), 0);

    assert_int_equal(np_device_node(unknown, &node), -ENODATA);
    assert_int_equal(np_device_queue_cpus(unknown, 0, cpus, 2), 3);
    assert_int_equal(cpus[1], 5);
    assert_int_equal(np_pin_to_queue(unknown, 0, 0, &err), -ENODATA);
    assert_int_equal(np_pin_to_queue(near, 3, 0, &err), -ENOENT);
    assert_int_equal(np_pin_to_queue(near, 0, 1u << 7, &err), -EINVAL);

    assert_null(np_device_free(near));
    assert_null(np_device_free(unknown));
    assert_null(np_device_free(NULL));
    assert_null(np_machine_free(machine));
}

static void test_device_without_tree(void **state)
{
    struct np_device *device = NULL;
    struct np_machine *machine;
    struct np_error err = {0};

    assert_int_equal(np_machine_load("synthetic:pack:2 [numa] core:4 pu:1", &machine, &err), 0);
    assert_int_equal(np_device_read(machine, "eth0", &device, &err), -ENOTSUP);
    assert_int_equal(err.code, -ENOTSUP);
    assert_null(np_machine_free(machine));
}

/* NULL is the machine that this runs on. */
static void test_pin_here(void **state)
{
    struct np_error err = {0};

    assert_int_equal(np_pin_to_device(NULL, "nodevice9", 0, &err), -ENOENT);
    assert_string_equal(err.text, "there is no device \"nodevice9\"");
    assert_int_equal(np_pin_to_device(NULL, "nodevice9", 0, NULL), -ENOENT);
}

/* From now on the kernel refuses the call, as container runtimes have it do. */
static void forbid(int call)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

struct pin_case {
    const char *device;
    bool queue; /* beside its first one */
    unsigned int flags;
    int forbidden; /* a system call; -1 none */
    bool no_cpu;   /* the tree's CPU is none of this machine's */
    int result;
};

/* In a child, so that this process stays as it is. */
static void pin_in_child(const struct pin_case *pin)
{
    struct tree tree;
    struct np_machine *machine = load_cards(&tree, !pin->no_cpu);
    struct np_device *device = NULL;
    const unsigned long node_0 = 1;
    struct placement before, after;
    struct np_error err = {0};
    unsigned int cpu = first_cpu();
    int r;

    if (pin->queue)
        assert_int_equal(np_device_read(machine, pin->device, &device, &err), 0);
    tree_fini(&tree);
    assert_int_equal(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &node_0, 64UL), 0);
    before = placement();
    if (pin->forbidden >= 0)
        forbid(pin->forbidden);
    r = pin->queue ? np_pin_to_queue(device, 0, pin->flags, &err)
                   : np_pin_to_device(machine, pin->device, pin->flags, &err);
    after = placement();
    if (r != pin->result)
        fail_msg("%d: %s", r, err.text);
    assert_int_equal(err.code, pin->result);
    if (r < 0) {
        assert_true(err.text[0] != '\0');
        assert_memory_equal(&before, &after, sizeof(before));
    } else {
        assert_int_equal(CPU_COUNT(&after.cpus), 1);
        assert_true(CPU_ISSET(cpu, &after.cpus));
        assert_int_equal(after.mode, pin->flags & NP_PIN_BIND ? MPOL_BIND : MPOL_PREFERRED);
        assert_int_equal(after.nodes[0], 1);
    }
    (void)np_device_free(device);
    (void)np_machine_free(machine);
}

static void test_pin(void **state)
{
    static const struct pin_case cases[] = {
        {"near0", false, 0, -1, false, 0},
        {"near0", false, NP_PIN_BIND, -1, false, 0},
        {"netdev:near0", false, 0, -1, false, 0},
        {"near0", true, 0, -1, false, 0},
        {"near0", true, NP_PIN_BIND, -1, false, 0},
        {"unknown0", false, 0, -1, false, -ENODATA},
        {"eth9", false, 0, -1, false, -ENOENT},
        {"cpuless0", false, 0, -1, false, -ERANGE},
        {"cpuless0", true, 0, -1, false, -ERANGE}, /* its CPU is none of this machine's */
        {"memless0", false, 0, -1, false, -ERANGE},
        {"near0", false, 1u << 7, -1, false, -EINVAL},
        {"nowhere0", false, 0, -1, false, -EINVAL},
        /* The second half is refused: the first is undone. */
        {"near0", false, NP_PIN_BIND, -1, true, -EINVAL},
        {"near0", false, NP_PIN_BIND, SYS_sched_setaffinity, false, -EPERM},
        {"near0", true, NP_PIN_BIND, SYS_sched_setaffinity, false, -EPERM},
        {"near0", false, NP_PIN_BIND, SYS_set_mempolicy, false, -EPERM},
    };

    if (syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0UL) < 0)
        skip(); /* where this test runs, a sandbox or a kernel without NUMA forbids it */
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            pin_in_child(&cases[i]);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status != 0)
            fail_msg("%s, flags %x, call %d", cases[i].device, cases[i].flags, cases[i].forbidden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_machine_refused),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_device_without_tree),
        cmocka_unit_test(test_pin),
        cmocka_unit_test(test_pin_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
