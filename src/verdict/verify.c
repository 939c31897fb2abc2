/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it where it should be?
 *
 * The one idea is that a verdict which cries wolf is worse than none: pages are judged only where a
 * policy decided about them, a handful of strays is a note, and what the policy allows is a
 * warning.
 */

#include "verify.h"

#include "rule.h"
#include "set.h"
#include "verify-threads.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum {
    WORST_MAX = 8, /* mappings that are named */
};

/* Strays are not worth an alarm while they are both few and a small part: what exec, the loader or
 * a fork touched before the policy was in force. */
#define STRAY_MAX_BYTES (64 * KIB)
#define STRAY_MAX_PART 4 /* at most a quarter of what is judged */

/* A node is off balance when it is away from its share by more than an eighth of it, and by more
 * than what a few transparent huge pages explain. */
#define SKEW_PART 8
#define SKEW_MIN_BYTES (4 * MIB)

/* A set that all say alike, or that they differ about. */
struct agreed {
    hwloc_bitmap_t set; /* NULL until something was said */
    bool differ;
};

/* Everything that is gathered on the way through the mappings. */
struct account {
    struct rules rules;
    struct verdict verdict;
    uint64_t elsewhere_bytes;
    hwloc_bitmap_t elsewhere_nodes;
    uint64_t huge_wrong_bytes;
    uint64_t local_bytes;  /* that the CPUs of its threads have at hand */
    uint64_t remote_bytes; /* right, and at hand for other CPUs only */
    hwloc_bitmap_t remote_nodes;
    struct agreed right;
    struct agreed interleave; /* over which nodes */
    uint64_t *interleaved;    /* by node_idx: bytes of the mappings that are interleaved */
    struct misplaced worst[WORST_MAX];
};

/* fact and way_out (NULL: none) are taken over. */
static int add(struct findings *findings, const struct expectation *expectation,
               enum finding_code code, char *fact, char *way_out)
{
    return findings_add(findings, code, (struct place){.subject = expectation->subject}, fact,
                        way_out);
}

static int agree(struct agreed *agreed, hwloc_const_bitmap_t set)
{
    if (agreed->set)
        agreed->differ |= !hwloc_bitmap_isequal(agreed->set, set);
    else
        agreed->set = hwloc_bitmap_dup(set);
    return agreed->set ? 0 : -ENOMEM;
}

/* Keeps the list of the worst sorted, the largest first. */
static void remember(struct account *account, struct misplaced misplaced)
{
    struct misplaced *worst = account->worst;
    unsigned int i = account->verdict.n_worst;

    if (i < WORST_MAX)
        account->verdict.n_worst++;
    else if (worst[--i].bytes >= misplaced.bytes)
        return;
    for (; i > 0 && worst[i - 1].bytes < misplaced.bytes; i--)
        worst[i] = worst[i - 1];
    worst[i] = misplaced;
}

static int count_interleaved(struct account *account, const struct rule *rule,
                             const struct mapping *mapping)
{
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        int node_idx = machine_node_idx(account->rules.machine, mapping->by_node[i].node);

        if (node_idx >= 0)
            account->interleaved[node_idx] += mapping->by_node[i].pages * mapping->page_bytes;
    }
    return agree(&account->interleave, rule->right);
}

static int note_elsewhere(struct account *account, const struct rule *rule,
                          const struct mapping *mapping)
{
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        unsigned int node = mapping->by_node[i].node;

        if (!hwloc_bitmap_isset(rule->right, node) && !hwloc_bitmap_isset(rule->tolerated, node) &&
            hwloc_bitmap_set(account->elsewhere_nodes, node) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* A node without CPUs is remote for all alike: nothing is wrong with who uses it. */
static int note_remote(struct account *account, const struct rule *rule,
                       const struct mapping *mapping)
{
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        const struct node *node = machine_node(account->rules.machine, mapping->by_node[i].node);
        uint64_t bytes = mapping->by_node[i].pages * mapping->page_bytes;

        if (!node || bytes == 0)
            continue;
        if (hwloc_bitmap_isset(account->rules.local, node->id)) {
            account->local_bytes += bytes;
        } else if (hwloc_bitmap_isset(rule->right, node->id) && !hwloc_bitmap_iszero(node->cpus)) {
            account->remote_bytes += bytes;
            if (hwloc_bitmap_set(account->remote_nodes, node->id) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

static int judge_mapping(struct account *account, const struct mapping *mapping)
{
    const struct rule *rule;
    struct rule_bytes s;
    int r = rules_find(&account->rules, mapping, &rule);

    if (r < 0)
        return r;
    s = rule_apply(rule, mapping);
    account->verdict.exempt_bytes[s.why] += s.exempt;
    if (mapping->class == MAPPING_HUGE) {
        account->verdict.exempt_bytes[s.why] += s.judged;
        account->huge_wrong_bytes += s.fallback + s.elsewhere;
        return 0;
    }
    account->verdict.judged_bytes += s.judged;
    account->verdict.in_place_bytes += s.right;
    account->verdict.fallback_bytes += s.fallback;
    account->elsewhere_bytes += s.elsewhere;
    if (s.judged > 0)
        r = agree(&account->right, rule->right);
    /* Where private copies and page cache mix, nobody knows which node holds what. */
    if (r == 0 && rule->interleaves && s.judged > 0 && s.exempt == 0)
        r = count_interleaved(account, rule, mapping);
    if (r == 0 && s.exempt == 0)
        r = note_remote(account, rule, mapping);
    if (r == 0 && s.elsewhere > 0)
        r = note_elsewhere(account, rule, mapping);
    if (s.fallback + s.elsewhere > 0)
        remember(account, (struct misplaced){.mapping = mapping,
                                             .bytes = s.fallback + s.elsewhere,
                                             .reason = rule_reason(&account->rules, rule, mapping,
                                                                   s.fallback + s.elsewhere)});
    return r;
}

/* "12 MiB of 512 MiB (2.3 %) are not on node 1" */
static char *share_text(const struct account *account, uint64_t bytes)
{
    uint64_t judged = account->verdict.judged_bytes;
    autofree char *nodes = account->right.differ ? strdup("the nodes of their policies")
                                                 : text_set("node", account->right.set);
    char part[SIZE_TEXT_MAX], whole[SIZE_TEXT_MAX];

    if (!nodes)
        return NULL;
    return text("%s of %s (%.1f %%) are not on %s", size_format(bytes, part),
                size_format(judged, whole), 100.0 * (double)bytes / (double)judged, nodes);
}

/* What would put it right: one command, if they all belong on the same nodes. */
static char *move_text(const struct account *account, pid_t pid)
{
    autofree char *from = set_format(account->elsewhere_nodes);
    autofree char *to = NULL;

    if (account->right.differ)
        return text("pages do not follow a policy that is set later: start it again under it");
    to = set_format(account->right.set);
    if (!from || !to)
        return NULL;
    return text("pages do not follow a policy that is set later: `migratepages %d %s %s` moves "
                "them",
                (int)pid, from, to);
}

static bool are_strays(uint64_t bytes, uint64_t whole)
{
    return bytes <= STRAY_MAX_BYTES && bytes <= whole / STRAY_MAX_PART;
}

static int report_pages(const struct account *account, const struct expectation *expectation,
                        pid_t pid, struct findings *findings)
{
    int r = 0;

    if (account->elsewhere_bytes > 0 &&
        are_strays(account->elsewhere_bytes, account->verdict.judged_bytes))
        r = add(findings, expectation, CODE_PAGES_FEW,
                share_text(account, account->elsewhere_bytes), NULL);
    else if (account->elsewhere_bytes > 0)
        r = add(findings, expectation, CODE_PAGES_ELSEWHERE,
                share_text(account, account->elsewhere_bytes), move_text(account, pid));
    if (r == 0 && account->verdict.fallback_bytes > 0)
        r = add(findings, expectation, CODE_PAGES_FALLBACK,
                share_text(account, account->verdict.fallback_bytes),
                text("its policy allows that; bind would not"));
    return r;
}

static int report_huge(const struct account *account, const struct expectation *expectation,
                       struct findings *findings)
{
    char size[SIZE_TEXT_MAX];

    if (account->huge_wrong_bytes == 0)
        return 0;
    return add(
        findings, expectation, CODE_HUGE_ELSEWHERE,
        text("%s of huge pages are on other nodes", size_format(account->huge_wrong_bytes, size)),
        text("they come from a pool per node: fill "
             "/sys/devices/system/node/nodeN/hugepages/*/nr_hugepages of the right node"));
}

/* In place, and still of no use: a policy says nothing about who will use the memory. */
static int report_remote(const struct account *account, const struct expectation *expectation,
                         pid_t pid, struct findings *findings)
{
    const struct rules *rules = &account->rules;
    uint64_t both = account->local_bytes + account->remote_bytes;
    autofree char *local = NULL, *remote = NULL, *there = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    char size[SIZE_TEXT_MAX];

    if (account->remote_bytes == 0 || hwloc_bitmap_iszero(rules->local) ||
        !are_strays(account->local_bytes, both))
        return 0;
    cpus = machine_cpus_of_nodes(rules->machine, account->remote_nodes);
    there = cpus ? set_format(cpus) : NULL;
    local = text_set("node", rules->local);
    remote = text_set("node", account->remote_nodes);
    if (!there || !local || !remote)
        return -ENOMEM;
    return add(findings, expectation, CODE_MEMORY_REMOTE,
               text("its threads may only run on %s, and its %s are on %s: every access is remote",
                    local, size_format(account->remote_bytes, size), remote),
               text("let it run there with `taskset -apc %s %d`, or start it with its memory on %s",
                    there, (int)pid, local));
}

static uint64_t share_of(const struct expectation *expectation, unsigned int node)
{
    for (unsigned int i = 0; i < expectation->n_shares; i++) {
        if (expectation->shares[i].node == node)
            return expectation->shares[i].bytes;
    }
    return 0;
}

/* What a node should hold of total: an even part, or one by the shares that were planned. */
static uint64_t fair_bytes(const struct account *account, const struct expectation *expectation,
                           unsigned int node, uint64_t total)
{
    uint64_t planned = 0;

    if (!hwloc_bitmap_isset(account->interleave.set, node))
        return 0;
    for (unsigned int i = 0; i < expectation->n_shares; i++)
        planned += expectation->shares[i].bytes;
    if (planned == 0)
        return total / (uint64_t)hwloc_bitmap_weight(account->interleave.set);
    return (uint64_t)((double)total * (double)share_of(expectation, node) / (double)planned);
}

static int report_skew(const struct account *account, const struct expectation *expectation,
                       struct findings *findings)
{
    const struct machine *machine = account->rules.machine;
    uint64_t total = 0, worst = 0;
    unsigned int worst_idx = 0;
    char has[SIZE_TEXT_MAX], fair[SIZE_TEXT_MAX];

    if (!account->interleave.set || account->interleave.differ)
        return 0;
    /* Without the weights, no part is known to be wrong. */
    if (expectation->mem_nodes && expectation->policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE &&
        expectation->n_shares == 0)
        return 0;
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        total += account->interleaved[i];
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        uint64_t wanted = fair_bytes(account, expectation, machine->nodes[i].id, total);
        uint64_t here = account->interleaved[i];
        uint64_t off = here > wanted ? here - wanted : wanted - here;

        if (wanted > 0 && off > wanted / SKEW_PART && off > SKEW_MIN_BYTES && off > worst) {
            worst = off;
            worst_idx = i;
        }
    }
    if (worst == 0)
        return 0;
    return add(
        findings, expectation, CODE_INTERLEAVE_SKEWED,
        text("node %u holds %s of its interleaved memory, its part is %s",
             machine->nodes[worst_idx].id, size_format(account->interleaved[worst_idx], has),
             size_format(fair_bytes(account, expectation, machine->nodes[worst_idx].id, total),
                         fair)),
        text("a node was full, or part of it was touched before the policy was set: start it "
             "again when every node has room"));
}

static int report_exempt(const struct account *account, const struct observation *observation,
                         const struct expectation *expectation, struct findings *findings)
{
    autofree char *list = strdup("");
    char size[SIZE_TEXT_MAX];
    int r = 0;

    for (int i = 0; list && i < EXEMPT_COUNT; i++) {
        uint64_t bytes = account->verdict.exempt_bytes[i];
        char *longer;

        if (bytes == 0)
            continue;
        longer = text("%s%s%s of %s", list, list[0] ? ", " : "", size_format(bytes, size),
                      exempt_name((enum exempt)i));
        free(list);
        list = longer;
    }
    if (!list)
        return -ENOMEM;
    if (list[0])
        r = add(findings, expectation, CODE_MEMORY_EXEMPT, text("not judged: %s", list), NULL);
    if (r == 0 && observation->swap_bytes != UNKNOWN_U64 && observation->swap_bytes > 0)
        r = add(findings, expectation, CODE_MEMORY_SWAPPED,
                text("%s are in swap, on no node", size_format(observation->swap_bytes, size)),
                NULL);
    return r;
}

static int report_unknown(const struct observation *observation,
                          const struct expectation *expectation, struct findings *findings)
{
    struct np_error err = {0};

    (void)observation_need_pages(observation, &err); /* only for its message */
    return add(findings, expectation, CODE_PAGES_UNKNOWN, strdup(err.text),
               err.hint[0] ? strdup(err.hint) : NULL);
}

static int judge_memory(struct account *account, const struct expectation *expectation,
                        const struct observation *observation, struct findings *findings)
{
    int r = 0;

    if (observation->pages_error < 0)
        return report_unknown(observation, expectation, findings);
    for (unsigned int i = 0; r == 0 && i < observation->n_mappings; i++)
        r = judge_mapping(account, &observation->mappings[i]);
    if (r == 0)
        r = report_pages(account, expectation, observation->id.pid, findings);
    if (r == 0)
        r = report_huge(account, expectation, findings);
    if (r == 0)
        r = report_remote(account, expectation, observation->id.pid, findings);
    if (r == 0)
        r = report_skew(account, expectation, findings);
    if (r == 0)
        r = report_exempt(account, observation, expectation, findings);
    return r;
}

static int judge(struct account *account, const struct expectation *expectation,
                 const struct observation *observation, struct findings *findings)
{
    struct verdict *verdict = &account->verdict;
    unsigned int errors = findings_count(findings, SEVERITY_ERROR);
    int r = judge_memory(account, expectation, observation, findings);

    if (r == 0)
        r = verify_threads(verdict, expectation, observation, findings);
    if (r < 0)
        return r;
    verdict->worst = malloc((verdict->n_worst + 1) * sizeof(*verdict->worst));
    if (!verdict->worst)
        return -ENOMEM;
    memcpy(verdict->worst, account->worst, verdict->n_worst * sizeof(*verdict->worst));
    if (!account->right.differ)
        verdict->nodes = TAKE(account->right.set);
    verdict->in_place = findings_count(findings, SEVERITY_ERROR) == errors;
    return 0;
}

int verify_process(const struct machine *machine, const struct expectation *expectation,
                   const struct observation *observation, struct verdict *ret_verdict,
                   struct findings *findings)
{
    struct account account = {
        .elsewhere_nodes = hwloc_bitmap_alloc(),
        .remote_nodes = hwloc_bitmap_alloc(),
        .interleaved = calloc(machine->n_nodes + 1, sizeof(uint64_t)),
    };
    bool made = account.interleaved && account.elsewhere_nodes && account.remote_nodes;
    int r = made ? 0 : -ENOMEM;

    if (r == 0 && expectation->mem_nodes)
        r = agree(&account.right, expectation->mem_nodes);
    if (r == 0)
        r = rules_init(machine, expectation, observation, &account.rules);
    if (r == 0)
        r = judge(&account, expectation, observation, findings);
    if (r == 0)
        *ret_verdict = account.verdict;
    else
        verdict_fini(&account.verdict);
    free(account.interleaved);
    hwloc_bitmap_free(account.elsewhere_nodes);
    hwloc_bitmap_free(account.remote_nodes);
    hwloc_bitmap_free(account.right.set);
    hwloc_bitmap_free(account.interleave.set);
    rules_fini(&account.rules);
    return r;
}

void verdict_fini(struct verdict *verdict)
{
    hwloc_bitmap_free(verdict->nodes);
    free(verdict->worst);
}

int verify_absent(const char *subject, pid_t pid, bool same_boot, struct findings *findings)
{
    const struct expectation expectation = {.subject = subject};

    if (pid == 0 && same_boot)
        return add(findings, &expectation, CODE_PROCESS_UNKNOWN,
                   text("numaplace knows no process of it, so nothing was verified"),
                   text("`numaplace verify PID` judges one by its own policy"));
    return add(findings, &expectation, CODE_PROCESS_GONE,
               same_boot ? text("its process %d has ended", (int)pid)
                         : text("the machine was restarted since it was applied"),
               text("start it again with `numaplace apply`, or `numaplace rollback` to forget "
                    "it"));
}

const char *exempt_name(enum exempt exempt)
{
    static const char *const names[EXEMPT_COUNT] = {
        [EXEMPT_PAGE_CACHE] = "page cache",
        [EXEMPT_SHARED] = "shared memory",
        [EXEMPT_HUGE] = "huge pages",
        [EXEMPT_NO_RULE] = "memory without a rule to judge by",
    };

    return names[exempt];
}
