/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs within one node. Whole cores are taken first and the largest first, then one thread a core
 * from the cores with the most threads left, then the rest. In this order no claim takes away what
 * a later one could not replace: larger cores that are used up whole leave more distinct ones, and
 * taking from the fullest core leaves the evenest rest (Gale-Ryser). This is exact as long as sizes
 * of whole cores divide each other, as 1, 2, 4 and 8 do.
 */

#include "cores.h"

#include <limits.h>
#include <string.h>

struct choice {
    const struct model_node *node;
    const struct core_claim *claims; /* of all */
    unsigned int *owner;
    unsigned int self; /* what owner says of the claim that is being served */
    const struct core_claim *claim;
    unsigned int left; /* CPUs that it still needs */
};

/* CPUs of a core, or of several. */
struct tally {
    unsigned int n_free;
    unsigned int n_room; /* those of the free ones that the claim could take */
    unsigned int n_own;
    unsigned int n_others;
    unsigned int n_waiting; /* of latency-sensitive others */
};

/* What a core, its LLC and its kind look like to the claim. */
struct core_view {
    struct tally core;
    struct tally llc;
    struct tally kind;
};

enum { N_MERITS = 5 };

static struct tally tally_core(const struct choice *choice, const struct model_core *core)
{
    struct tally tally = {0};

    for (unsigned int i = core->first; i < core->first + core->n_cpus; i++) {
        unsigned int owner = choice->owner[i];

        tally.n_free += owner == 0;
        tally.n_own += owner == choice->self;
        if (owner == 0 || owner == choice->self)
            continue;
        tally.n_others++;
        tally.n_waiting += choice->claims[owner - 1].latency_sensitive;
    }
    tally.n_room = choice->claim->smt == SMT_AVOID ? tally.n_free > 0 : tally.n_free;
    return tally;
}

static void add_tally(struct tally *to, const struct tally *from)
{
    to->n_free += from->n_free;
    to->n_room += from->n_room;
    to->n_own += from->n_own;
    to->n_others += from->n_others;
    to->n_waiting += from->n_waiting;
}

static struct core_view look_at(const struct choice *choice, const struct model_core *core)
{
    struct core_view view = {.core = tally_core(choice, core)};

    for (unsigned int i = 0; i < choice->node->n_cores; i++) {
        const struct model_core *other = &choice->node->cores[i];
        struct tally tally;

        if (other->llc != core->llc && other->kind != core->kind)
            continue;
        tally = tally_core(choice, other);
        if (other->llc == core->llc)
            add_tally(&view.llc, &tally);
        if (other->kind == core->kind)
            add_tally(&view.kind, &tally);
    }
    return view;
}

static bool may_take(const struct choice *choice, const struct model_core *core,
                     const struct tally *tally)
{
    switch (choice->claim->smt) {
    case SMT_WHOLE_CORES:
        return core->whole && tally->n_free == core->n_cpus && core->n_cpus <= choice->left;
    case SMT_AVOID:
        return tally->n_free > 0 && tally->n_own == 0;
    case SMT_ANY:
        break;
    }
    return tally->n_free > 0;
}

/* Compact fills: the LLC it is in already, else the smallest that holds all and has no others, or
 * else has some, else the emptiest. Spread takes the LLC that it has least of. */
static int llc_merit(const struct choice *choice, const struct model_core *core,
                     const struct tally *llc)
{
    bool shared = core->beside_named || llc->n_others > 0;

    if (choice->claim->spread)
        return -(int)llc->n_own;
    if (llc->n_own > 0)
        return INT_MAX;
    if (llc->n_room >= choice->left)
        return (shared ? INT_MAX / 4 : INT_MAX / 2) - (int)llc->n_room;
    return (int)llc->n_room;
}

/* The kind it is in already, else the fastest that holds all, else the fastest. */
static int kind_merit(const struct choice *choice, const struct model_core *core,
                      const struct tally *kind)
{
    if (kind->n_own > 0)
        return INT_MAX;
    return kind->n_room >= choice->left ? INT_MAX / 2 + core->kind : core->kind;
}

/* Larger is better, compared from the first; equal ones are taken in the order of the machine. What
 * smt makes a hard rule goes by the core with the most threads left, before all else. */
static void merits(const struct choice *choice, const struct model_core *core,
                   const struct core_view *view, int merit[N_MERITS])
{
    bool is_idle = core->whole && view->core.n_free == core->n_cpus;
    int quiet = -(int)(view->core.n_waiting + core->n_waiting);
    int kind = kind_merit(choice, core, &view->kind);
    int llc = llc_merit(choice, core, &view->llc);
    int own = (int)view->core.n_own;

    if (choice->claim->smt != SMT_ANY)
        memcpy(merit, (int[]){(int)view->core.n_free, quiet, kind, llc, is_idle},
               N_MERITS * sizeof(*merit));
    else if (choice->claim->spread)
        memcpy(merit, (int[]){quiet, -own, kind, llc, is_idle}, N_MERITS * sizeof(*merit));
    else
        memcpy(merit, (int[]){quiet, kind, llc, own, is_idle}, N_MERITS * sizeof(*merit));
}

static int compare_merits(const int a[N_MERITS], const int b[N_MERITS])
{
    for (int i = 0; i < N_MERITS; i++) {
        if (a[i] != b[i])
            return a[i] > b[i] ? 1 : -1;
    }
    return 0;
}

static const struct model_core *best_core(const struct choice *choice)
{
    const struct model_core *best = NULL;
    int best_merit[N_MERITS] = {0};

    for (unsigned int i = 0; i < choice->node->n_cores; i++) {
        const struct model_core *core = &choice->node->cores[i];
        struct core_view view = look_at(choice, core);
        int merit[N_MERITS];

        if (!may_take(choice, core, &view.core))
            continue;
        merits(choice, core, &view, merit);
        if (!best || compare_merits(merit, best_merit) > 0) {
            best = core;
            memcpy(best_merit, merit, sizeof(merit));
        }
    }
    return best;
}

/* How many of its CPUs on the core are its own to keep. */
static unsigned int count_kept(const struct choice *choice, const struct model_core *core)
{
    unsigned int n = 0;

    for (unsigned int i = core->first; i < core->first + core->n_cpus; i++)
        n +=
            choice->owner[i] == 0 && hwloc_bitmap_isset(choice->claim->keep, choice->node->cpus[i]);
    return n;
}

/* What it has, as far as its rule allows it and it still asks for so many. */
static void keep(struct choice *choice)
{
    for (unsigned int c = 0; c < choice->node->n_cores; c++) {
        const struct model_core *core = &choice->node->cores[c];
        unsigned int n = count_kept(choice, core);

        if (n > choice->left)
            n = choice->left;
        if (choice->claim->smt == SMT_AVOID && n > 1)
            n = 1;
        if (choice->claim->smt == SMT_WHOLE_CORES && (!core->whole || n < core->n_cpus))
            n = 0;
        for (unsigned int i = core->first; n > 0; i++) {
            if (choice->owner[i] != 0 ||
                !hwloc_bitmap_isset(choice->claim->keep, choice->node->cpus[i]))
                continue;
            choice->owner[i] = choice->self;
            choice->left--;
            n--;
        }
    }
}

static unsigned int count_own(const struct choice *choice)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < choice->node->n_cpus; i++)
        n += choice->owner[i] == choice->self;
    return n;
}

static bool serve(const struct model_node *node, const struct core_claim *claims,
                  unsigned int which, unsigned int *owner)
{
    const struct core_claim *claim = &claims[which];
    unsigned int self = which + 1;
    struct choice choice = {node, claims, owner, self, claim, claim->n_cpus};
    bool one_by_one = claim->smt == SMT_AVOID || claim->spread;

    if (claim->smt == SMT_WHOLE_CORES)
        one_by_one = false;
    if (claim->keep)
        choice.left -= count_own(&choice);
    while (choice.left > 0) {
        const struct model_core *core = best_core(&choice);
        unsigned int take = one_by_one ? 1 : choice.left;

        if (!core)
            return false;
        for (unsigned int i = core->first; i < core->first + core->n_cpus && take > 0; i++) {
            if (owner[i] != 0)
                continue;
            owner[i] = self;
            choice.left--;
            take--;
        }
    }
    return true;
}

static unsigned int rank(const struct core_claim *claim)
{
    switch (claim->smt) {
    case SMT_WHOLE_CORES:
        return 0;
    case SMT_AVOID:
        return 1;
    case SMT_ANY:
        break;
    }
    return claim->latency_sensitive ? 2 : 3;
}

/* Stricter first, then who waits for each access, then larger, then as given. */
static void sort_claims(const struct core_claim *claims, unsigned int n, unsigned int *order)
{
    for (unsigned int i = 0; i < n; i++) {
        unsigned int j = i;

        for (; j > 0; j--) {
            const struct core_claim *a = &claims[order[j - 1]], *b = &claims[i];

            if (rank(a) < rank(b) || (rank(a) == rank(b) && a->n_cpus >= b->n_cpus))
                break;
            order[j] = order[j - 1];
        }
        order[j] = i;
    }
}

struct core_claim core_claim_of(const struct demand *demand, unsigned int n_cpus)
{
    return (struct core_claim){
        .n_cpus = n_cpus,
        .smt = demand->smt,
        .spread = demand->affinity == CPU_AFFINITY_SPREAD,
        .latency_sensitive = demand->latency_sensitive,
    };
}

/* The first n_keeping in order keep what they have. */
static bool assign(const struct model_node *node, const struct core_claim *claims,
                   unsigned int n_claims, unsigned int n_keeping, unsigned int *owner,
                   const unsigned int *order)
{
    memset(owner, 0, node->n_cpus * sizeof(*owner));
    for (unsigned int i = 0; i < n_keeping; i++) {
        const struct core_claim *claim = &claims[order[i]];
        struct choice choice = {node, claims, owner, order[i] + 1, claim, claim->n_cpus};

        if (claim->keep)
            keep(&choice);
    }
    for (unsigned int i = 0; i < n_claims; i++) {
        if (!serve(node, claims, order[i], owner))
            return false;
    }
    return true;
}

/* Who has the laxest rule and the fewest CPUs can move most easily: it is asked first. With nobody
 * keeping anything it is exact. */
bool cores_assign(const struct model_node *node, const struct core_claim *claims,
                  unsigned int n_claims, unsigned int *owner, unsigned int *order)
{
    unsigned int n_keeping = 0;

    sort_claims(claims, n_claims, order);
    for (unsigned int i = 0; i < n_claims; i++) {
        if (claims[order[i]].keep)
            n_keeping = i + 1;
    }
    for (;; n_keeping--) {
        if (assign(node, claims, n_claims, n_keeping, owner, order))
            return true;
        if (n_keeping == 0)
            return false;
    }
}
