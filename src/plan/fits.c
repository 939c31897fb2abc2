/* SPDX-License-Identifier: Apache-2.0 */
/* One thing changed, and asked again: see fits.h. */

#include "fits.h"

enum {
    CPU_TRIES_MAX = 128, /* one by one, since whole cores may fit with 4 and not with 3 */
    OTHERS_MAX = 8,      /* largest instances that are asked to give way */
};

/* What a person would write: no single bytes for gigabytes; and whole units. */
static uint64_t memory_step(const struct model *model, uint64_t bytes)
{
    uint64_t step = bytes >= GIB ? MIB : bytes >= MIB ? KIB : 1;

    return step < model->unit ? model->unit : step;
}

/* The largest value below high, of which totals do not say that it is too much; 0 if they do of 1.
 * set puts a value into the question's demand. 0 or -ENOMEM. */
static int most_in_all(const struct question *question, void (*set)(struct demand *, uint64_t),
                       uint64_t unit, uint64_t high, uint64_t *ret_most)
{
    uint64_t low = 0;

    while (high > low + 1) {
        uint64_t middle = low + (high - low) / 2;
        int r;

        set(question->demand, middle * unit);
        r = question_is_short(question);
        if (r < 0)
            return r;
        if (r > 0)
            high = middle;
        else
            low = middle;
    }
    *ret_most = low;
    return 0;
}

static void set_bytes(struct demand *demand, uint64_t bytes)
{
    demand->bytes = bytes;
}

static void set_cpus(struct demand *demand, uint64_t n)
{
    demand->n_cpus = (unsigned int)n;
}

/* Memory of n steps: as question_ask. */
static int ask_with_memory(const struct question *question, uint64_t n, uint64_t step)
{
    question->demand->bytes = n * step;
    return question_ask(question);
}

/* The most steps that fit, less than high: first as many as there are in all, since that is mostly
 * it. */
static int most_memory(const struct question *question, uint64_t step, uint64_t high,
                       uint64_t *ret_most)
{
    uint64_t low = 0;
    int r = most_in_all(question, set_bytes, step, high, &high);

    if (r < 0 || high == 0)
        return r;
    r = ask_with_memory(question, high, step);
    if (r > 0)
        low = high;
    else if (r == 0 && high > 1 && (r = ask_with_memory(question, 1, step)) > 0)
        low = 1;
    while (r >= 0 && low > 0 && high > low + 1) {
        uint64_t middle = low + (high - low) / 2;

        r = ask_with_memory(question, middle, step);
        if (r > 0)
            low = middle;
        else
            high = middle;
    }
    *ret_most = low;
    return r < 0 ? r : 0;
}

int fit_memory(struct question *question, struct fit *ret_fit)
{
    uint64_t asked = question->demand->bytes, step = memory_step(question->model, asked);
    uint64_t most = 0;
    int r;

    if (asked == 0 || question->demand->given)
        return 0;
    r = most_memory(question, step, (asked + step - 1) / step, &most);
    question->demand->bytes = asked;
    *ret_fit = (struct fit){.kind = FIT_MEMORY, .bytes = most * step};
    return r < 0 ? r : most > 0;
}

static int fit_cpus(struct question *question, struct fit *ret_fit)
{
    unsigned int asked = question->demand->n_cpus;
    uint64_t n = 0;
    int r;

    if (question->demand->fixed || asked == 0)
        return 0;
    r = most_in_all(question, set_cpus, 1, asked, &n);
    for (unsigned int tries = 0; r == 0 && n > 0 && tries < CPU_TRIES_MAX; tries++) {
        set_cpus(question->demand, n);
        r = question_ask(question);
        n -= r == 0;
    }
    *ret_fit = (struct fit){.kind = FIT_CPUS, .cpus = (unsigned int)n};
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

static int find_all(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n)
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

int fits_find(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n)
{
    struct shortage others;
    int r = question_sum_others(question, &others);

    *ret_n = 0;
    if (r == 0 && !others.is_short) /* else no change of it helps */
        r = find_all(question, fits, ret_n);
    question->others = NULL;
    shortage_fini(&others);
    return r;
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
