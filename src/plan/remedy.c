/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of changes that are enough: see remedy.h. */

#include "remedy.h"

enum {
    FEWER_MAX = 16, /* smallest instances that are left out to see whether that is enough */
    PAIR_MAX = 8,   /* largest of which two are left out */
    BRANCHES = 3,   /* changes of one instance that are gone on with */
};

/* What is looked through, and where what is found goes. */
struct seeker {
    struct inquiry *inquiry;
    struct model *model;
    const unsigned int *order; /* of its demands, the smallest first */
    struct refusal *refusal;
};

static void add(struct refusal *refusal, const struct remedy *remedy)
{
    if (refusal->n_remedies < REMEDIES_MAX)
        refusal->remedies[refusal->n_remedies++] = *remedy;
}

static int apply(struct model *model, struct demand *demand, const struct fit *fit)
{
    switch (fit->kind) {
    case FIT_MEMORY:
        demand->bytes = fit->bytes;
        break;
    case FIT_CPUS:
        demand->n_cpus = fit->cpus;
        break;
    case FIT_POLICY:
        demand->policy = fit->policy;
        break;
    case FIT_AFFINITY:
        demand->affinity = fit->affinity;
        break;
    case FIT_SMT:
        demand->smt = fit->smt;
        break;
    case FIT_BASE:
        demand->given = NULL;
        return model_find_holes(model);
    case FIT_LEAVE_OUT:
        break; /* is planned without its wish */
    }
    return 0;
}

/* What is lowered twice is one change. */
static void put_change(struct remedy *remedy, const struct demand *demand, const struct fit *fit)
{
    for (unsigned int i = 0; i < remedy->n_changes; i++) {
        struct change_wanted *change = &remedy->changes[i];

        if (change->instance == demand->wish->instance && change->fit.kind == fit->kind) {
            change->fit = *fit;
            return;
        }
    }
    remedy->changes[remedy->n_changes++] = (struct change_wanted){demand->wish->instance, *fit};
}

/* Some changes are made: with which one more is there a placement, and if with none, with which
 * two? left is how many more there may be. */
static int extend(const struct seeker *seeker, struct model *model, const struct remedy *made,
                  unsigned int left)
{
    struct question culprit, whole;
    struct fit fits[FITS_MAX];
    unsigned int n = 0;
    int r = question_find_culprit(seeker->inquiry, model, &culprit);

    whole = (struct question){
        .inquiry = seeker->inquiry, .model = model, .demand = culprit.demand, .alone = -1};
    if (r == 0)
        r = fits_find(&whole, fits, &n);
    for (unsigned int i = 0; r == 0 && i < n; i++) {
        struct remedy remedy = *made;

        put_change(&remedy, culprit.demand, &fits[i]);
        add(seeker->refusal, &remedy);
    }
    if (r < 0 || n > 0 || left < 2)
        return r;
    r = fits_find(&culprit, fits, &n);
    for (unsigned int i = 0; r == 0 && i < n && i < BRANCHES; i++) {
        struct demand was = *culprit.demand;
        struct remedy remedy = *made;

        put_change(&remedy, culprit.demand, &fits[i]);
        r = apply(model, culprit.demand, &fits[i]);
        if (r == 0)
            r = extend(seeker, model, &remedy, left - 1);
        *culprit.demand = was;
        if (r == 0)
            r = model_find_holes(model);
    }
    return r;
}

/* What it asks for, in parts of a thousand of the machine. */
static uint64_t size_of(const struct model *model, const struct demand *demand)
{
    uint64_t cpus = 1, bytes = 1;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        cpus += model->nodes[i].n_cpus;
        bytes += model->nodes[i].bytes / MIB;
    }
    return demand->n_cpus * UINT64_C(1000) / cpus + demand->bytes / MIB * UINT64_C(1000) / bytes;
}

/* Numbers of the demands, the smallest first. NULL: out of memory. */
static unsigned int *order_by_size(const struct model *model)
{
    unsigned int *order = calloc(model->n_demands + 1, sizeof(*order));

    for (unsigned int i = 0; order && i < model->n_demands; i++) {
        uint64_t size = size_of(model, &model->demands[i]);
        unsigned int at = i;

        for (; at > 0 && size < size_of(model, &model->demands[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

/* The model without one or two of its demands. */
struct smaller {
    struct wishes less;
    struct wishes least;
    struct model model;
};

/* other is -1: without one only. -ENOMEM. The caller calls smaller_fini whatever is returned. */
static int smaller_init(struct smaller *smaller, const struct model *model, unsigned int one,
                        int other)
{
    struct plan_options options = {.use_free = model->use_free};
    int r;

    *smaller = (struct smaller){0};
    r = wishes_without(model->wishes, one, &smaller->less);
    if (r == 0 && other >= 0)
        r = wishes_without(&smaller->less, (unsigned int)other - (one < (unsigned int)other),
                           &smaller->least);
    if (r == 0)
        r = model_init(&smaller->model, other >= 0 ? &smaller->least : &smaller->less, &options);
    return r;
}

static void smaller_fini(struct smaller *smaller)
{
    model_fini(&smaller->model);
    free(smaller->less.wishes);
    free(smaller->least.wishes);
}

/* Without these: 1 if there is a placement then, 0 if none was found, or -ENOMEM. */
static int ask_without(const struct seeker *seeker, unsigned int one, int other)
{
    struct smaller smaller;
    struct question question = {.inquiry = seeker->inquiry, .model = &smaller.model, .alone = -1};
    int r = smaller_init(&smaller, seeker->model, one, other);

    if (r == 0)
        r = question_ask(&question);
    smaller_fini(&smaller);
    return r;
}

static void put_leave_out(struct remedy *remedy, const struct demand *demand)
{
    static const struct fit leave_out = {.kind = FIT_LEAVE_OUT};

    put_change(remedy, demand, &leave_out);
}

/* The others were placed beside it while only it was changed. */
static bool is_without(const struct inquiry *inquiry, const struct demand *demand)
{
    return inquiry->n_placed == inquiry->whole->n_demands && inquiry->changed == demand;
}

/* Nothing is changed yet. 1: that is enough, and kept. */
static int try_without(const struct seeker *seeker, unsigned int demand)
{
    struct remedy remedy = {0};
    int r = is_without(seeker->inquiry, &seeker->model->demands[demand])
                ? 1
                : ask_without(seeker, demand, -1);

    if (r > 0) {
        put_leave_out(&remedy, &seeker->model->demands[demand]);
        add(seeker->refusal, &remedy);
    }
    return r;
}

/* The smallest without which there is a placement; where many are smaller, the culprit. */
static int find_fewer(const struct seeker *seeker, const struct demand *culprit)
{
    const struct model *model = seeker->model;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < model->n_demands && i < FEWER_MAX; i++)
        r = try_without(seeker, seeker->order[i]);
    if (r == 0 && model->n_demands > FEWER_MAX)
        r = try_without(seeker, (unsigned int)(culprit - model->demands));
    return r < 0 ? r : 0;
}

/* Of the largest, the two smallest without which there is a placement. */
static int find_two_fewer(const struct seeker *seeker)
{
    const struct model *model = seeker->model;
    const unsigned int *order = seeker->order;
    unsigned int first = model->n_demands > PAIR_MAX ? model->n_demands - PAIR_MAX : 0;

    for (unsigned int i = first + 1; i < model->n_demands; i++) {
        for (unsigned int j = first; j < i; j++) {
            struct remedy remedy = {0};
            int r = ask_without(seeker, order[i], (int)order[j]);

            if (r < 0)
                return r;
            if (r == 0)
                continue;
            put_leave_out(&remedy, &model->demands[order[j]]);
            put_leave_out(&remedy, &model->demands[order[i]]);
            add(seeker->refusal, &remedy);
            return 0;
        }
    }
    return 0;
}

/* Without one of the smallest, and with one change of another. */
static int find_fewer_and_less(const struct seeker *seeker)
{
    const struct model *model = seeker->model;
    unsigned int n = model->n_demands < FEWER_MAX ? model->n_demands : FEWER_MAX;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < n && seeker->refusal->n_remedies == 0; i++) {
        struct remedy made = {0};
        struct smaller smaller;

        put_leave_out(&made, &model->demands[seeker->order[i]]);
        r = smaller_init(&smaller, model, seeker->order[i], -1);
        if (r == 0)
            r = extend(seeker, &smaller.model, &made, 1);
        smaller_fini(&smaller);
    }
    return r;
}

static bool is_of_the_whole(const struct question *question)
{
    return question->alone < 0 && question->n_only == 0;
}

/* No more changes than the smallest set has. */
static void keep_smallest(struct refusal *refusal)
{
    unsigned int least = REMEDY_CHANGES_MAX, n = 0;

    for (unsigned int i = 0; i < refusal->n_remedies; i++) {
        if (refusal->remedies[i].n_changes < least)
            least = refusal->remedies[i].n_changes;
    }
    for (unsigned int i = 0; i < refusal->n_remedies; i++) {
        if (refusal->remedies[i].n_changes == least)
            refusal->remedies[n++] = refusal->remedies[i];
    }
    refusal->n_remedies = n;
}

int remedies_find(const struct question *question, const struct demand *culprit,
                  struct refusal *refusal)
{
    struct model *model = question->model;
    autofree unsigned int *order = order_by_size(model);
    const struct seeker seeker = {question->inquiry, model, order, refusal};
    struct remedy none = {0};
    int r = order ? 0 : -ENOMEM;

    for (unsigned int i = 0; is_of_the_whole(question) && i < refusal->n_fits; i++) {
        struct remedy remedy = {0};

        put_change(&remedy, question->demand, &refusal->fits[i]);
        add(refusal, &remedy);
    }
    if (r == 0 && model->n_demands > 1)
        r = find_fewer(&seeker, culprit);
    if (r == 0 && refusal->n_remedies == 0)
        r = extend(&seeker, model, &none, 2);
    if (r == 0 && refusal->n_remedies == 0 && model->n_demands > 1)
        r = find_fewer_and_less(&seeker);
    if (r == 0 && refusal->n_remedies == 0 && model->n_demands > 2)
        r = find_two_fewer(&seeker);
    if (r == 0 && refusal->n_remedies == 0)
        r = extend(&seeker, model, &none, REMEDY_CHANGES_MAX);
    keep_smallest(refusal);
    return r;
}
