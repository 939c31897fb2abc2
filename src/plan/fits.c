/* SPDX-License-Identifier: Apache-2.0 */
/* One thing changed, and asked again: see fits.h. */

#include "fits.h"

#include "search.h"

enum {
    CPU_TRIES_MAX = 128, /* one by one, since whole cores may fit with 4 and not with 3 */
    OTHERS_MAX = 8,      /* largest instances that are asked to give way */
};

int question_ask(const struct question *question)
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

int fit_memory(struct question *question, struct fit *ret_fit)
{
    uint64_t asked = question->demand->bytes, step = memory_step(question->model, asked);
    uint64_t low, high = (asked + step - 1) / step; /* in steps: low fits, high does not */
    int r;

    if (asked == 0 || question->demand->given)
        return 0;
    question->demand->bytes = step;
    r = question_ask(question);
    low = r > 0;
    while (r >= 0 && low > 0 && high > low + 1) {
        uint64_t middle = low + (high - low) / 2;

        question->demand->bytes = middle * step;
        r = question_ask(question);
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
        r = question_ask(question);
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
    r = question_ask(question);
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
    r = question_ask(question);
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
    r = question_ask(question);
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
        r = question_ask(question);
    question->demand->given = asked;
    restored = model_find_holes(question->model);
    *ret_fit = (struct fit){.kind = FIT_BASE};
    return restored < 0 ? restored : r;
}

int fits_find(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n)
{
    static int (*const kinds[])(struct question *, struct fit *) = {
        fit_memory, fit_cpus, fit_policy, fit_affinity, fit_smt, fit_base};
    unsigned int n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int r = kinds[i](question, &fits[n]);

        if (r < 0)
            return r;
        n += (unsigned int)r;
    }
    *ret_n = n;
    return 0;
}

/* By CPUs if those are what the culprit wants, else by memory. */
static bool is_larger(const struct demand *a, const struct demand *b, const struct demand *culprit)
{
    if (culprit->n_cpus > 0 && a->n_cpus != b->n_cpus)
        return a->n_cpus > b->n_cpus;
    return a->bytes > b->bytes;
}

int fits_find_of_others(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n)
{
    struct model *model = question->model;
    struct demand *culprit = question->demand;
    autofree bool *asked = calloc(model->n_demands + 1, sizeof(*asked));
    int r = 0;

    if (!asked)
        return -ENOMEM;
    asked[culprit - model->demands] = true;
    for (unsigned int tries = 0; r == 0 && *ret_n == 0 && tries < OTHERS_MAX; tries++) {
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
        r = fits_find(question, fits, ret_n);
    }
    if (*ret_n == 0)
        question->demand = culprit;
    return r;
}

int question_find_culprit(struct model *model, struct question *ret_question)
{
    struct question question = {.model = model, .alone = -1};
    unsigned int low = 0, high = model->n_demands;

    for (unsigned int i = 0; i < model->n_demands; i++) {
        int r;

        question.alone = (int)i;
        r = question_ask(&question);
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
        r = question_ask(&question);
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
