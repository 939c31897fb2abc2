/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No placement: why, and what would help. Nothing here is guessed from totals; every number comes
 * from asking the search again with one thing changed.
 */

#include "refuse.h"

#include "refuse-text.h"
#include "search.h"

enum {
    CPU_TRIES_MAX = 128, /* one by one, since whole cores may fit with 4 and not with 3 */
    OTHERS_MAX = 8,      /* largest instances that are asked to give way */
};

/* 1: there is a placement, 0: none was found; or -ENOMEM. */
static int ask(const struct question *question)
{
    struct search_options options = {
        .any = true, .n_only = question->n_only, .alone = question->alone};
    struct search_result result = {0};
    int r = search_run(question->model, &options, &result);
    bool found = result.counts != NULL;

    search_result_fini(&result);
    return r < 0 ? r : found;
}

/* What a person would write: no single bytes for gigabytes; and whole units. */
static uint64_t memory_step(const struct model *model, uint64_t bytes)
{
    uint64_t step = bytes >= GIB ? MIB : bytes >= MIB ? KIB : 1;

    return step < model->unit ? model->unit : step;
}

/* The most memory with which there is a placement. 1 if there is such, 0 if not even with one step.
 */
static int fit_memory(struct question *question, struct fit *ret_fit)
{
    uint64_t asked = question->demand->bytes, step = memory_step(question->model, asked);
    uint64_t low, high = (asked + step - 1) / step; /* in steps: low fits, high does not */
    int r;

    if (asked == 0 || question->demand->given)
        return 0;
    question->demand->bytes = step;
    r = ask(question);
    low = r > 0;
    while (r >= 0 && low > 0 && high > low + 1) {
        uint64_t middle = low + (high - low) / 2;

        question->demand->bytes = middle * step;
        r = ask(question);
        if (r > 0)
            low = middle;
        else
            high = middle;
    }
    question->demand->bytes = asked;
    *ret_fit = (struct fit){.kind = FIT_MEMORY, .bytes = low * step};
    return r < 0 ? r : low > 0;
}

static int fit_cpus(struct question *question, struct fit *ret_fit)
{
    unsigned int asked = question->demand->n_cpus, tries = 0;
    int r = 0;

    if (question->demand->fixed)
        return 0;
    for (unsigned int n = asked; r == 0 && n > 1 && tries < CPU_TRIES_MAX; tries++) {
        question->demand->n_cpus = --n;
        r = ask(question);
    }
    *ret_fit = (struct fit){.kind = FIT_CPUS, .cpus = question->demand->n_cpus};
    question->demand->n_cpus = asked;
    return r;
}

static int fit_policy(struct question *question, struct fit *ret_fit)
{
    enum memory_policy asked = question->demand->policy;
    int r;

    if (asked == MEMORY_POLICY_PREFERRED || question->demand->bytes == 0 || question->demand->given)
        return 0;
    question->demand->policy = MEMORY_POLICY_PREFERRED;
    r = ask(question);
    question->demand->policy = asked;
    *ret_fit = (struct fit){.kind = FIT_POLICY, .policy = MEMORY_POLICY_PREFERRED};
    return r;
}

static int fit_affinity(struct question *question, struct fit *ret_fit)
{
    enum cpu_affinity asked = question->demand->affinity;
    int r;

    if (asked != CPU_AFFINITY_LOCAL)
        return 0;
    question->demand->affinity = CPU_AFFINITY_COMPACT;
    r = ask(question);
    question->demand->affinity = asked;
    *ret_fit = (struct fit){.kind = FIT_AFFINITY, .affinity = CPU_AFFINITY_COMPACT};
    return r;
}

static int fit_smt(struct question *question, struct fit *ret_fit)
{
    enum smt_rule asked = question->demand->smt;
    int r;

    if (asked == SMT_ANY || question->demand->fixed)
        return 0;
    question->demand->smt = SMT_ANY;
    r = ask(question);
    question->demand->smt = asked;
    *ret_fit = (struct fit){.kind = FIT_SMT, .smt = SMT_ANY};
    return r;
}

static int fit_base(struct question *question, struct fit *ret_fit)
{
    const uint64_t *asked = question->demand->given;
    int r, restored;

    if (!asked || !question->model->addresses ||
        question->demand->bytes % question->model->unit != 0)
        return 0;
    question->demand->given = NULL;
    r = model_find_holes(question->model);
    if (r == 0)
        r = ask(question);
    question->demand->given = asked;
    restored = model_find_holes(question->model);
    *ret_fit = (struct fit){.kind = FIT_BASE};
    return restored < 0 ? restored : r;
}

static int find_fits(struct question *question, struct refusal *refusal)
{
    static int (*const kinds[])(struct question *, struct fit *) = {
        fit_memory, fit_cpus, fit_policy, fit_affinity, fit_smt, fit_base};

    refusal->n_fits = 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int r = kinds[i](question, &refusal->fits[refusal->n_fits]);

        if (r < 0)
            return r;
        refusal->n_fits += (unsigned int)r;
    }
    return 0;
}

/* The part of what was asked for that has to go. */
static double loss(const struct demand *demand, const struct fit *fit)
{
    switch (fit->kind) {
    case FIT_MEMORY:
        return 1 - (double)fit->bytes / (double)demand->bytes;
    case FIT_CPUS:
        return 1 - (double)fit->cpus / demand->n_cpus;
    default:
        return 1; /* a rule given up: after all that keep it */
    }
}

static void sort_fits(const struct demand *demand, struct refusal *refusal)
{
    for (unsigned int i = 1; i < refusal->n_fits; i++) {
        struct fit fit = refusal->fits[i];
        unsigned int j = i;

        for (; j > 0 && loss(demand, &refusal->fits[j - 1]) > loss(demand, &fit); j--)
            refusal->fits[j] = refusal->fits[j - 1];
        refusal->fits[j] = fit;
    }
}

/* The first instance that cannot be placed even alone, else the first that cannot beside those
 * before it: there is one, since all together cannot. */
static int find_culprit(struct model *model, struct question *ret_question)
{
    struct question question = {.model = model, .alone = -1};
    unsigned int low = 0, high = model->n_demands;

    for (unsigned int i = 0; i < model->n_demands; i++) {
        int r;

        question.alone = (int)i;
        r = ask(&question);
        if (r < 0)
            return r;
        if (r == 0) {
            question.demand = &model->demands[i];
            *ret_question = question;
            return 0;
        }
    }
    question.alone = -1;
    while (high - low > 1) { /* the first low can be placed, the first high cannot */
        int r;

        question.n_only = low + (high - low) / 2;
        r = ask(&question);
        if (r < 0)
            return r;
        if (r > 0)
            low = question.n_only;
        else
            high = question.n_only;
    }
    question.n_only = high;
    question.demand = &model->demands[high - 1];
    *ret_question = question;
    return 0;
}

/* By CPUs if those are what the culprit wants, else by memory. */
static bool is_larger(const struct demand *a, const struct demand *b, const struct demand *culprit)
{
    if (culprit->n_cpus > 0 && a->n_cpus != b->n_cpus)
        return a->n_cpus > b->n_cpus;
    return a->bytes > b->bytes;
}

/* Searches with each instance that could give way for the others, the largest first. */
static int find_fits_of_others(struct question *question, struct refusal *refusal)
{
    struct model *model = question->model;
    struct demand *culprit = question->demand;
    autofree bool *asked = calloc(model->n_demands + 1, sizeof(*asked));
    int r = 0;

    if (!asked)
        return -ENOMEM;
    asked[culprit - model->demands] = true;
    for (unsigned int tries = 0; r == 0 && refusal->n_fits == 0 && tries < OTHERS_MAX; tries++) {
        int largest = -1;

        for (unsigned int i = 0; i < model->n_demands; i++) {
            if (!asked[i] &&
                (largest < 0 || is_larger(&model->demands[i], &model->demands[largest], culprit)))
                largest = (int)i;
        }
        if (largest < 0)
            break;
        asked[largest] = true;
        question->demand = &model->demands[largest];
        r = find_fits(question, refusal);
    }
    if (refusal->n_fits == 0)
        question->demand = culprit;
    return r;
}

/* A change of one instance that makes the whole file possible, of the culprit if that is enough;
 * when none is, one that helps the culprit. solved is the question that was answered. */
static int find_way_out(const struct question *culprit, struct question *solved,
                        struct refusal *refusal)
{
    int r;

    *solved = (struct question){.model = culprit->model, .demand = culprit->demand, .alone = -1};
    r = find_fits(solved, refusal);
    if (r == 0 && refusal->n_fits == 0 && culprit->alone < 0)
        r = find_fits_of_others(solved, refusal);
    if (r == 0 && refusal->n_fits == 0) {
        *solved = *culprit;
        r = find_fits(solved, refusal);
    }
    if (r == 0)
        sort_fits(solved->demand, refusal);
    return r;
}

/* Would there be a placement if a share could lie in pieces? */
static int find_fragmentation(struct question *culprit)
{
    int r;

    if (!culprit->model->addresses)
        return 0;
    culprit->model->addresses = false;
    r = ask(culprit);
    culprit->model->addresses = true;
    culprit->fragmented = r > 0;
    return r < 0 ? r : 0;
}

int plan_refuse(struct model *model, bool proven, struct refusal *ret_refusal)
{
    struct refusal refusal = {.proven = proven};
    struct question culprit, solved;
    int r = find_culprit(model, &culprit);

    if (r == 0)
        r = find_fragmentation(&culprit);
    if (r == 0)
        r = find_way_out(&culprit, &solved, &refusal);
    if (r == 0)
        r = refusal_write(&culprit, &solved, &refusal);
    if (r < 0)
        refusal_fini(&refusal);
    else
        *ret_refusal = refusal;
    return r;
}
