/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "set.h"
#include "verify.h"

#include <string.h>

/* Nodes 0 and 1 with four CPUs and 1 GiB each, node 2 with memory only. */
enum { NODES = 3, CPUS = 8, LINES_MAX = 6, THREADS_MAX = 5, CODES_MAX = 5 };

struct fixture {
    struct machine machine;
    struct node nodes[NODES];
    struct cpu cpus[CPUS];
    struct observation observation;
    struct mapping mappings[LINES_MAX];
    struct thread threads[THREADS_MAX];
};

struct test_case {
    const char *name;
    const char *mem_nodes; /* NULL: by its own policies */
    enum memory_policy policy;
    const char *cpus;           /* NULL: threads are not judged */
    struct share shares[NODES]; /* the last has no bytes */
    const char *lines[LINES_MAX];
    const char *threads[THREADS_MAX]; /* allowed CPUs; one with all of them when none is given */
    const char *mems_allowed;         /* "0-2" when NULL */
    uint64_t swap_bytes;
    bool full; /* no free memory on any node */
    uint64_t judged_kib;
    uint64_t right_kib;
    const char *codes[CODES_MAX];
    const char *fact; /* part of the first finding's */
    const char *way_out;
    const char *reason; /* part of the worst mapping's */
    bool wrong;
};

#define KB4 " kernelpagesize_kB=4"
#define KB2048 " kernelpagesize_kB=2048"

static const struct test_case cases[] = {
    {
        .name = "all where it was bound",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .cpus = "4-7",
        .lines = {"1000 bind:1 heap anon=100 dirty=100 N1=100" KB4,
                  "2000 bind:1 stack anon=3 dirty=3 N1=3" KB4},
        .threads = {"4-7", "5"},
        .judged_kib = 412,
        .right_kib = 412,
    },
    {
        .name = "touched before it was bound",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 dirty=100 N0=25 N1=75" KB4},
        .judged_kib = 400,
        .right_kib = 300,
        .codes = {"pages-elsewhere"},
        .fact = "100 KiB of 400 KiB (25.0 %) are not on node 1",
        .reason = "touched before this policy was set",
        .wrong = true,
    },
    {
        .name = "a running process whose policy nobody can set",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_LOCAL,
        .lines = {"1000 default anon=100 dirty=100 N0=100" KB4},
        .judged_kib = 400,
        .right_kib = 0,
        .codes = {"pages-elsewhere"},
        .fact = "(100.0 %)",
        .reason = "no policy binds it",
        .wrong = true,
    },
    {
        .name = "its own mbind",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:0 anon=100 dirty=100 N0=100" KB4},
        .judged_kib = 400,
        .right_kib = 0,
        .codes = {"pages-elsewhere"},
        .reason = "the program's own policy",
        .wrong = true,
    },
    {
        .name = "shared since a fork",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 mapmax=3 N0=100" KB4},
        .judged_kib = 400,
        .codes = {"pages-elsewhere"},
        .reason = "shared with other processes",
        .wrong = true,
    },
    {
        .name = "a full node",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_LOCAL,
        .lines = {"1000 default anon=100 dirty=100 N0=100" KB4},
        .full = true,
        .judged_kib = 400,
        .codes = {"pages-elsewhere"},
        .reason = "not enough free memory",
        .wrong = true,
    },
    {
        .name = "strays of exec, few and a small part",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 dirty=100 N0=16 N1=84" KB4},
        .judged_kib = 400,
        .right_kib = 336,
        .codes = {"pages-few"},
        .reason = "touched before",
    },
    {
        .name = "one page more than strays",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 dirty=100 N0=17 N1=83" KB4},
        .judged_kib = 400,
        .right_kib = 332,
        .codes = {"pages-elsewhere"},
        .wrong = true,
    },
    {
        .name = "few, but most of a small program",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=20 dirty=20 N0=14 N1=6" KB4},
        .judged_kib = 80,
        .right_kib = 24,
        .codes = {"pages-elsewhere"},
        .wrong = true,
    },
    {
        .name = "page cache and shared memory are nobody's fault",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 file=/usr/bin/x mapped=1000 mapmax=9 N0=1000" KB4,
                  "2000 bind:1 file=/dev/shm/x dirty=2000 N0=2000" KB4,
                  "3000 bind:1 anon=50 dirty=50 N1=50" KB4},
        .judged_kib = 200,
        .right_kib = 200,
        .codes = {"memory-exempt"},
        .fact = "3.9 MiB of page cache, 7.8 MiB of shared memory",
    },
    {
        .name = "private copies of a file are",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 file=/usr/bin/x anon=100 dirty=100 N0=100" KB4},
        .judged_kib = 400,
        .right_kib = 0,
        .codes = {"pages-elsewhere"},
        .wrong = true,
    },
    {
        .name = "copies and cache mixed: the benefit of the doubt",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 file=/usr/bin/x anon=100 dirty=100 N0=60 N1=100" KB4},
        .judged_kib = 400,
        .right_kib = 400,
        .codes = {"memory-exempt"},
    },
    {
        .name = "copies and cache mixed: more than cache can explain",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 file=/usr/bin/x anon=100 dirty=100 N0=90 N1=70" KB4},
        .judged_kib = 400,
        .right_kib = 280,
        .codes = {"pages-elsewhere", "memory-exempt"},
        .fact = "120 KiB of 400 KiB",
        .wrong = true,
    },
    {
        .name = "what the kernel maps into every process",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 mapped=2 mapmax=99 N0=2" KB4},
        .codes = {"memory-exempt"},
    },
    {
        .name = "preferred: elsewhere is allowed, and said",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_PREFERRED,
        .lines = {"1000 prefer:1 anon=100 dirty=100 N0=100" KB4},
        .judged_kib = 400,
        .codes = {"pages-fallback"},
        .fact = "400 KiB of 400 KiB (100.0 %) are not on node 1",
    },
    {
        .name = "huge pages count in their own size, and warn",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines =
            {"1000 bind:1 file=/anon_hugepage\\040(deleted) huge anon=3 dirty=3 N0=1 N1=2" KB2048},
        .codes = {"huge-elsewhere", "memory-exempt"},
        .fact = "2 MiB of huge pages are on other nodes",
    },
    {
        .name = "transparent huge pages are judged",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=1024 dirty=1024 N0=512 N1=512" KB4},
        .judged_kib = 4096,
        .right_kib = 2048,
        .codes = {"pages-elsewhere"},
        .wrong = true,
    },
    {
        .name = "interleaved evenly",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 anon=20000 dirty=20000 N0=10100 N1=9900" KB4},
        .judged_kib = 80000,
        .right_kib = 80000,
    },
    {
        .name = "interleaved, and skewed",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 anon=20480 dirty=20480 N0=15360 N1=5120" KB4},
        .judged_kib = 81920,
        .right_kib = 81920,
        .codes = {"interleave-skewed"},
        .fact = "node 0 holds 60 MiB of its interleaved memory, its part is 40 MiB",
    },
    {
        .name = "interleaved, and a twentieth off",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 anon=200000 dirty=200000 N0=105000 N1=95000" KB4},
        .judged_kib = 800000,
        .right_kib = 800000,
    },
    {
        .name = "interleaved copies of a file: nobody knows where the page cache is",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 file=/x anon=20000 N0=30000 N1=10000" KB4},
        .judged_kib = 80000,
        .right_kib = 80000,
        .codes = {"memory-exempt"},
    },
    {
        .name = "a node of the interleave has none",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 anon=20480 dirty=20480 N0=20480" KB4},
        .judged_kib = 81920,
        .right_kib = 81920,
        .codes = {"interleave-skewed"},
    },
    {
        .name = "too little to be skewed",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_INTERLEAVE,
        .lines = {"1000 interleave:0-1 anon=2000 dirty=2000 N0=1512 N1=488" KB4},
        .judged_kib = 8000,
        .right_kib = 8000,
    },
    {
        .name = "weighted as planned",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_WEIGHTED_INTERLEAVE,
        .shares = {{0, 3 * GIB}, {1, GIB}},
        .lines = {"1000 weighted interleave:0-1 anon=20480 dirty=20480 N0=15360 N1=5120" KB4},
        .judged_kib = 81920,
        .right_kib = 81920,
    },
    {
        .name = "weighted, but even",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_WEIGHTED_INTERLEAVE,
        .shares = {{0, 3 * GIB}, {1, GIB}},
        .lines = {"1000 weighted interleave:0-1 anon=20480 dirty=20480 N0=10240 N1=10240" KB4},
        .judged_kib = 81920,
        .right_kib = 81920,
        .codes = {"interleave-skewed"},
    },
    {
        .name = "weighted by weights that nobody told",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_WEIGHTED_INTERLEAVE,
        .lines = {"1000 weighted interleave:0-1 anon=20480 dirty=20480 N0=20000 N1=480" KB4},
        .judged_kib = 81920,
        .right_kib = 81920,
    },
    {
        .name = "a thread that was made elsewhere",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .cpus = "4-7",
        .lines = {"1000 bind:1 anon=1 N1=1" KB4},
        .threads = {"4-7", "0-7", "4"},
        .judged_kib = 4,
        .right_kib = 4,
        .codes = {"thread-elsewhere"},
        .fact = "1 of 3 threads may run outside CPUs 4-7: 101 (thread1) on CPUs 0-7",
        .wrong = true,
    },
    {
        .name = "more threads than are named",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .cpus = "4",
        .lines = {"1000 bind:1 anon=1 N1=1" KB4},
        .threads = {"0", "1", "2", "3", "4"},
        .judged_kib = 4,
        .right_kib = 4,
        .codes = {"thread-elsewhere"},
        .fact = "4 of 5 threads may run outside CPUs 4: 100 (thread0) on CPUs 0, 101 (thread1) on "
                "CPUs 1, 102 (thread2) on CPUs 2, ...",
        .wrong = true,
    },
    {
        .name = "own policies: each by its own",
        .lines = {"1000 bind:0 anon=100 N0=100" KB4, "2000 bind:1 anon=100 N1=100" KB4,
                  "3000 interleave:0-1 anon=100 N0=50 N1=50" KB4},
        .judged_kib = 1200,
        .right_kib = 1200,
    },
    {
        .name = "own policies: one of them broken",
        .lines = {"1000 bind:0 anon=100 N0=100" KB4, "2000 bind:1 anon=100 N0=100" KB4},
        .judged_kib = 800,
        .right_kib = 400,
        .codes = {"pages-elsewhere"},
        .fact = "are not on the nodes of their policies",
        .wrong = true,
    },
    {
        .name = "own policies: the default one, on the nodes of the CPUs",
        .lines = {"1000 default anon=100 N0=40 N1=60" KB4},
        .threads = {"4-7"},
        .judged_kib = 400,
        .right_kib = 240,
        .codes = {"pages-fallback"},
        .fact = "160 KiB of 400 KiB (40.0 %) are not on node 1",
    },
    {
        .name = "own policies: threads may run anywhere",
        .lines = {"1000 default anon=100 N0=40 N1=60" KB4},
        .judged_kib = 400,
        .right_kib = 400,
    },
    {
        .name = "own policies: outside what its cpuset allows",
        .lines = {"1000 default anon=100 N0=40 N1=60" KB4},
        .threads = {"4-7"},
        .mems_allowed = "1",
        .judged_kib = 400,
        .right_kib = 240,
        .codes = {"pages-elsewhere"},
        .wrong = true,
    },
    {
        .name = "a policy that nobody knows",
        .lines = {"1000 clairvoyant:0 anon=100 N0=100" KB4},
        .codes = {"memory-exempt"},
        .fact = "400 KiB of memory without a rule",
    },
    {
        .name = "swapped out",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 swapcache=2 N1=100" KB4},
        .swap_bytes = 5 * MIB,
        .judged_kib = 400,
        .right_kib = 400,
        .codes = {"memory-swapped"},
        .fact = "5 MiB are in swap",
    },
    {
        .name = "in place, and far from all its CPUs",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 dirty=100 N1=100" KB4,
                  "2000 bind:1 file=/bin/x anon=1 N0=20 N1=1" KB4},
        .threads = {"0-1", "3"},
        .judged_kib = 404,
        .right_kib = 404,
        .codes = {"memory-remote", "memory-exempt"},
        .fact = "its threads may only run on node 0, and its 400 KiB are on node 1: every access",
    },
    {
        .name = "its own policy, and far from all its CPUs",
        .lines = {"1000 bind:0 anon=100 dirty=100 N0=100" KB4},
        .threads = {"5"},
        .judged_kib = 400,
        .right_kib = 400,
        .codes = {"memory-remote"},
        .way_out = "`taskset -apc 0-3 100`, or start it with its memory on node 1",
    },
    {
        .name = "far from all its CPUs but a few pages",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:0-1 anon=100 dirty=100 N0=16 N1=84" KB4},
        .threads = {"0"},
        .judged_kib = 400,
        .right_kib = 400,
        .codes = {"memory-remote"},
        .fact = "its 336 KiB are on node 1",
    },
    {
        .name = "partly far from its CPUs",
        .mem_nodes = "0-1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:0-1 anon=100 dirty=100 N0=17 N1=83" KB4},
        .threads = {"0"},
        .judged_kib = 400,
        .right_kib = 400,
    },
    {
        .name = "far from some of its threads only",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1 anon=100 dirty=100 N1=100" KB4},
        .threads = {"0-1", "4"},
        .judged_kib = 400,
        .right_kib = 400,
    },
    {
        .name = "on a node that is far from all CPUs",
        .mem_nodes = "2",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:2 anon=100 dirty=100 N2=100" KB4},
        .threads = {"0-3"},
        .judged_kib = 400,
        .right_kib = 400,
    },
    {
        .name = "nothing touched yet",
        .mem_nodes = "1",
        .policy = MEMORY_POLICY_BIND,
        .lines = {"1000 bind:1"},
    },
};

static hwloc_bitmap_t set_of(const char *text)
{
    hwloc_bitmap_t set;

    assert_int_equal(set_parse_list(text, &set, NULL), 0);
    return set;
}

static void make_machine(struct fixture *f, bool full)
{
    static const char *const cpus_of[NODES] = {"0-3", "4-7", ""};

    for (unsigned int i = 0; i < NODES; i++)
        f->nodes[i] = (struct node){.id = i,
                                    .total_bytes = GIB,
                                    .free_bytes = full ? 0 : GIB / 2,
                                    .cpus = set_of(cpus_of[i]),
                                    .initiators = set_of(""),
                                    .granted = true};
    for (unsigned int i = 0; i < CPUS; i++)
        f->cpus[i] = (struct cpu){.id = i, .node = (int)i / 4, .online = true, .granted = true};
    f->machine =
        (struct machine){.nodes = f->nodes, .n_nodes = NODES, .cpus = f->cpus, .n_cpus = CPUS};
}

static void make_observation(struct fixture *f, const struct test_case *c)
{
    struct observation *o = &f->observation;
    unsigned int n = 0;

    *o = (struct observation){.id.pid = 100,
                              .comm = (char *)(uintptr_t) "program",
                              .mappings = f->mappings,
                              .threads = f->threads,
                              .swap_bytes = c->swap_bytes};
    for (; o->n_mappings < LINES_MAX && c->lines[o->n_mappings]; o->n_mappings++) {
        const char *line = c->lines[o->n_mappings];

        assert_int_equal(mapping_parse(line, strlen(line), &f->mappings[o->n_mappings]), 0);
    }
    while (n < THREADS_MAX && c->threads[n])
        n++;
    o->n_threads = n ? n : 1;
    for (unsigned int i = 0; i < o->n_threads; i++) {
        f->threads[i] = (struct thread){
            .tid = 100 + (pid_t)i,
            .cpus_allowed = set_of(n ? c->threads[i] : "0-7"),
            .mems_allowed = set_of(c->mems_allowed ? c->mems_allowed : "0-2"),
        };
        assert_true(asprintf(&f->threads[i].comm, "thread%u", i) > 0);
    }
}

static void fixture_fini(struct fixture *f)
{
    for (unsigned int i = 0; i < NODES; i++) {
        hwloc_bitmap_free(f->nodes[i].cpus);
        hwloc_bitmap_free(f->nodes[i].initiators);
    }
    for (unsigned int i = 0; i < f->observation.n_mappings; i++)
        mapping_fini(&f->mappings[i]);
    for (unsigned int i = 0; i < f->observation.n_threads; i++) {
        free(f->threads[i].comm);
        hwloc_bitmap_free(f->threads[i].cpus_allowed);
        hwloc_bitmap_free(f->threads[i].mems_allowed);
    }
}

static void assert_outcome(const struct test_case *c, const struct verdict *verdict,
                           const struct findings *findings)
{
    unsigned int n = 0;

    assert_int_equal(verdict->in_place, !c->wrong);
    assert_int_equal(verdict->judged_bytes, c->judged_kib * KIB);
    assert_int_equal(verdict->in_place_bytes, c->right_kib * KIB);
    while (n < CODES_MAX && c->codes[n])
        n++;
    for (unsigned int i = 0; i < findings->n_findings; i++)
        print_message("    %s: %s\n", findings->findings[i].code, findings->findings[i].fact);
    assert_int_equal(findings->n_findings, n);
    for (unsigned int i = 0; i < n; i++)
        assert_string_equal(findings->findings[i].code, c->codes[i]);
    if (c->fact)
        assert_non_null(strstr(findings->findings[0].fact, c->fact));
    if (c->way_out)
        assert_non_null(strstr(findings->findings[0].way_out, c->way_out));
    if (c->reason)
        assert_non_null(strstr(verdict->worst[0].reason, c->reason));
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct test_case *c = &cases[i];
        autoset hwloc_bitmap_t cpus = c->cpus ? set_of(c->cpus) : NULL;
        autoset hwloc_bitmap_t mem_nodes = c->mem_nodes ? set_of(c->mem_nodes) : NULL;
        struct expectation expectation = {.subject = "database",
                                          .cpus = cpus,
                                          .mem_nodes = mem_nodes,
                                          .policy = c->policy,
                                          .shares = c->shares};
        struct findings findings = {0};
        struct fixture fixture;
        struct verdict verdict;

        print_message("  %s\n", c->name);
        while (c->shares[expectation.n_shares].bytes > 0)
            expectation.n_shares++;
        make_machine(&fixture, c->full);
        make_observation(&fixture, c);
        assert_int_equal(verify_process(&fixture.machine, &expectation, &fixture.observation,
                                        &verdict, &findings),
                         0);
        assert_outcome(c, &verdict, &findings);
        verdict_fini(&verdict);
        findings_fini(&findings);
        fixture_fini(&fixture);
    }
}

/* The worst eight of twenty, the largest first. */
static void test_worst(void **state)
{
    enum { COUNT = 20 };
    autoset hwloc_bitmap_t mem_nodes = set_of("1");
    struct expectation expectation = {.subject = "database", .mem_nodes = mem_nodes};
    struct mapping mappings[COUNT];
    struct findings findings = {0};
    struct fixture fixture;
    struct verdict verdict;

    make_machine(&fixture, false);
    make_observation(&fixture, &(struct test_case){0});
    for (unsigned int i = 0; i < COUNT; i++) {
        autofree char *line = NULL;
        unsigned int pages = 1000 + i * 7 % COUNT;
        int length = asprintf(&line, "%u000 default anon=%u N0=%u N1=0" KB4, i + 1, pages, pages);

        assert_true(length > 0);
        assert_int_equal(mapping_parse(line, (size_t)length, &mappings[i]), 0);
    }
    fixture.observation.mappings = mappings;
    fixture.observation.n_mappings = COUNT;
    assert_int_equal(
        verify_process(&fixture.machine, &expectation, &fixture.observation, &verdict, &findings),
        0);
    assert_int_equal(verdict.n_worst, 8);
    for (unsigned int i = 0; i < verdict.n_worst; i++)
        assert_int_equal(verdict.worst[i].bytes, (1000 + COUNT - 1 - i) * 4096);
    verdict_fini(&verdict);
    findings_fini(&findings);
    for (unsigned int i = 0; i < COUNT; i++)
        mapping_fini(&mappings[i]);
    fixture.observation.n_mappings = 0;
    fixture_fini(&fixture);
}

static void test_unknown(void **state)
{
    autoset hwloc_bitmap_t mem_nodes = set_of("1");
    struct expectation expectation = {.subject = "database", .mem_nodes = mem_nodes};
    struct findings findings = {0};
    struct fixture fixture;
    struct verdict verdict;

    make_machine(&fixture, false);
    make_observation(&fixture, &(struct test_case){0});
    fixture.observation.pages_error = -EACCES;
    assert_int_equal(
        verify_process(&fixture.machine, &expectation, &fixture.observation, &verdict, &findings),
        0);
    assert_false(verdict.in_place);
    assert_int_equal(findings.n_findings, 1);
    assert_string_equal(findings.findings[0].code, "pages-unknown");
    verdict_fini(&verdict);
    assert_int_equal(verify_absent("database", 100, true, &findings), 0);
    assert_string_equal(findings.findings[1].code, "process-gone");
    assert_string_equal(findings.findings[1].fact, "its process 100 has ended");
    assert_int_equal(verify_absent("database", 100, false, &findings), 0);
    assert_string_equal(findings.findings[2].code, "process-gone");
    assert_non_null(strstr(findings.findings[2].fact, "restarted"));
    assert_int_equal(verify_absent("database", 0, true, &findings), 0);
    assert_string_equal(findings.findings[3].code, "process-unknown");
    assert_int_equal(findings.findings[3].severity, SEVERITY_NOTE);
    findings_fini(&findings);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_worst),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
