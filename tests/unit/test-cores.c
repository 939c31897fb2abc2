/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cores.h"

#include <string.h>

enum { CORES_MAX = 8, CPUS_MAX = 16, CLAIMS_MAX = 4 };

/* A core as "llc/kind:threads"; '!' after it: instances name CPUs of its LLC; '*': a sibling that
 * is not among its threads is a latency-sensitive instance's. A kind of '-' is none. */
static const struct {
    const char *why;
    const char *cores;
    struct core_claim claims[CLAIMS_MAX];
    const char *expected; /* by CPU the claim, '.' free; cores apart. "" they do not fit */
} cases[] = {
    {"compact fills cores", "0/-:2 0/-:2", {{.n_cpus = 3}}, "aa a."},
    {"spread takes cores before siblings", "0/-:2 0/-:2", {{.n_cpus = 3, .spread = true}}, "aa a."},
    {"spread is even over LLCs",
     "0/-:2 0/-:2 1/-:2 1/-:2",
     {{.n_cpus = 2, .spread = true}},
     "a. .. a. .."},
    {"avoid takes one thread of each", "0/-:2 0/-:2", {{.n_cpus = 2, .smt = SMT_AVOID}}, "a. a."},
    {"whole cores come first, whoever is first in the file",
     "0/-:2 0/-:2",
     {{.n_cpus = 1}, {.n_cpus = 2, .smt = SMT_WHOLE_CORES}},
     "bb a."},
    {"too many for avoid", "0/-:2 0/-:2", {{.n_cpus = 3, .smt = SMT_AVOID}}, ""},
    {"an idle core before a sibling of another's",
     "0/-:2 0/-:2",
     {{.n_cpus = 1}, {.n_cpus = 1}},
     "a. b."},
    {"the smallest LLC that holds it",
     "0/-:2 0/-:2 0/-:2 1/-:2 1/-:2",
     {{.n_cpus = 4}},
     ".. .. .. aa aa"},
    {"an LLC without others, though a smaller one has room",
     "0/-:2 0/-:2 1/-:2 1/-:2",
     {{.n_cpus = 3}, {.n_cpus = 1}},
     "aa a. b. .."},
    {"others may be beside it by name", "0/-:2! 1/-:2 1/-:2", {{.n_cpus = 2}}, ".. aa .."},
    {"an LLC with others rather than two", "0/-:2! 1/-:1", {{.n_cpus = 2}}, "aa ."},
    {"of avoid an LLC holds as many as it has cores",
     "0/-:2 0/-:2 1/-:2 1/-:2 1/-:2",
     {{.n_cpus = 3, .smt = SMT_AVOID}},
     ".. .. a. a. a."},
    {"who waits for each access chooses first",
     "0/1:2 0/0:1 0/0:1",
     {{.n_cpus = 2}, {.n_cpus = 2, .latency_sensitive = true}},
     "bb a a"},
    {"and siblings of its cores go to others last",
     "0/-:2 0/-:2 0/-:2",
     {{.n_cpus = 2}, {.n_cpus = 1, .latency_sensitive = true}, {.n_cpus = 1}},
     "b. aa c."},
    {"but they do go",
     "0/-:2 0/-:2",
     {{.n_cpus = 3}, {.n_cpus = 1, .latency_sensitive = true}},
     "ba aa"},
    {"before that they open another LLC",
     "0/-:2 0/-:2 1/-:2!",
     {{.n_cpus = 3, .latency_sensitive = true}, {.n_cpus = 1}},
     "aa a. b."},
    {"the same of siblings that are named", "0/-:1* 0/-:2", {{.n_cpus = 1}}, ". a."},
    {"the same of avoid, where threads left are equal",
     "0/-:2 0/-:1",
     {{.n_cpus = 1, .smt = SMT_AVOID, .latency_sensitive = true}, {.n_cpus = 1, .smt = SMT_AVOID}},
     "a. b"},
    {"the fastest kind", "0/0:1 0/0:1 0/1:2", {{.n_cpus = 2}}, ". . aa"},
    {"one kind that holds all before a faster one",
     "0/1:2 0/0:1 0/0:1 0/0:1",
     {{.n_cpus = 3}},
     ".. a a a"},
    {"no kind holds all: the fastest first, and the fewest of the other",
     "0/1:2 0/0:1 0/0:1",
     {{.n_cpus = 3}},
     "aa a ."},
    {"a kind before an LLC", "0/1:1 0/0:1 0/0:1 1/1:1", {{.n_cpus = 2}}, "a . . a"},
    {"spread, too, keeps to a kind",
     "0/1:1 0/0:1 0/1:1 0/0:1",
     {{.n_cpus = 2, .spread = true}},
     "a . a ."},
    {"but a core before a sibling", "0/1:2 0/0:1", {{.n_cpus = 2, .spread = true}}, "a. a"},
};

static struct model_node make_node(const char *text, struct model_core *cores)
{
    struct model_node node = {.cores = cores};

    for (const char *p = text; *p; p += strcspn(p, " ") + strspn(p + strcspn(p, " "), " ")) {
        struct model_core *core = &cores[node.n_cores++];

        *core = (struct model_core){
            .first = node.n_cpus,
            .n_cpus = (unsigned int)(p[4] - '0'),
            .llc = p[0] - '0',
            .kind = p[2] == '-' ? -1 : p[2] - '0',
            .whole = p[5] != '*',
            .beside_named = p[5] == '!',
            .n_waiting = p[5] == '*',
        };
        node.n_cpus += core->n_cpus;
    }
    return node;
}

static void put_owners(const struct model_node *node, const unsigned int *owner, char *text)
{
    for (unsigned int i = 0; i < node->n_cores; i++) {
        const struct model_core *core = &node->cores[i];

        if (i > 0)
            *text++ = ' ';
        for (unsigned int j = core->first; j < core->first + core->n_cpus; j++)
            *text++ = (char)(owner[j] == 0 ? '.' : 'a' + (int)owner[j] - 1);
    }
    *text = '\0';
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct model_core cores[CORES_MAX];
        struct model_node node = make_node(cases[i].cores, cores);
        unsigned int owner[CPUS_MAX], order[CLAIMS_MAX], n = 0;
        char text[CPUS_MAX + CORES_MAX + 1] = "";

        print_message("  %s\n", cases[i].why);
        while (n < CLAIMS_MAX && cases[i].claims[n].n_cpus > 0)
            n++;
        if (cores_assign(&node, cases[i].claims, n, owner, order))
            put_owners(&node, owner, text);
        assert_string_equal(text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
