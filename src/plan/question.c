/* SPDX-License-Identifier: Apache-2.0 */
/* One thing changed, and asked again: see question.h. */

#include "question.h"

#include "alike.h"
#include "given.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

/* Work, by what came of a search. */
enum {
    LARGE = 2048,              /* instances times nodes: where a search is dear */
    STEPS_IN_ALL = 2,          /* of adding up what all want, by instances times nodes */
    STEPS_A_CELL = 50,         /* of a search, the same */
    STEPS_BESIDE = 5,          /* of one in which all others are held where they are */
    STEPS_GIVEN_UP = 500000,   /* more, of one that ends at its limit */
    CONTESTED_MAX = 4,         /* nodes from which others are let go */
    LIMIT = 9000000,           /* of all questions */
    BESIDE_LIMIT = LIMIT / 3,  /* more, of those that are soon answered */
    CULPRIT_LIMIT = LIMIT / 2, /* of these, for finding the culprit */
};

int inquiry_init(struct inquiry *inquiry, const struct model *whole, const struct plan_watch *watch)
{
    size_t cells = (size_t)whole->n_demands * whole->n_nodes;

    *inquiry = (struct inquiry){.whole = whole, .watch = watch, .limit = LIMIT};
    inquiry->counts = calloc(cells + 1, sizeof(*inquiry->counts));
    inquiry->alone = calloc(whole->n_demands + 1, sizeof(*inquiry->alone));
    return inquiry->counts && inquiry->alone ? 0 : -ENOMEM;
}

void inquiry_fini(struct inquiry *inquiry)
{
    free(inquiry->counts);
    free(inquiry->alone);
    *inquiry = (struct inquiry){0};
}

static void tell(const struct inquiry *inquiry)
{
    plan_watch_tell(inquiry->watch, &(struct plan_progress){.stage = PLAN_REFUSING,
                                                            .done = inquiry->work,
                                                            .most = inquiry->limit});
}

static bool is_over(const struct inquiry *inquiry)
{
    return inquiry->work >= inquiry->limit;
}

/* Whether it may be asked at all. */
static bool may_search(struct inquiry *inquiry)
{
    if (!inquiry)
        return true;
    tell(inquiry);
    inquiry->cut_short |= is_over(inquiry);
    return !is_over(inquiry);
}

static unsigned int n_asked_for(const struct question *question)
{
    return question->alone >= 0   ? 1
           : question->n_only > 0 ? question->n_only
                                  : question->model->n_demands;
}

static bool is_large(const struct question *question)
{
    return (size_t)n_asked_for(question) * question->model->n_nodes > LARGE;
}

static void keep_placement(const struct question *question, const struct search_result *result)
{
    struct inquiry *inquiry = question->inquiry;
    const struct model *model = question->model;

    if (model != inquiry->whole || question->alone >= 0 || !result->counts)
        return;
    inquiry->n_placed = n_asked_for(question);
    inquiry->changed = question->demand;
    memcpy(inquiry->counts, result->counts,
           (size_t)model->n_demands * model->n_nodes * sizeof(*inquiry->counts));
}

static int search_for(const struct question *question, unsigned long steps_a_cell)
{
    struct search_options options = {
        .any = true, .n_only = question->n_only, .alone = question->alone};
    struct search_result result = {0};
    int r = search_run(question->model, &options, &result);
    bool found = result.counts != NULL;

    if (r == 0 && question->inquiry) {
        unsigned long cells = (unsigned long)n_asked_for(question) * question->model->n_nodes;

        question->inquiry->work += cells * steps_a_cell;
        if (!found && !result.proven)
            question->inquiry->work += STEPS_GIVEN_UP + cells * steps_a_cell;
        keep_placement(question, &result);
    }
    search_result_fini(&result);
    return r < 0 ? r : found;
}

static bool is_placed_so(const struct model *model, const struct demand *demand,
                         const unsigned int *counts)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        n += counts[i];
    return n == demand->n_cpus;
}

/* The demand's number in the whole, from which some may be left out: from is that of one before it.
 */
static unsigned int number_in_whole(const struct inquiry *inquiry, const struct demand *demand,
                                    unsigned int from)
{
    while (inquiry->whole->demands[from].wish->instance != demand->wish->instance)
        from++;
    return from;
}

hwloc_bitmap_t question_find_home(const struct model *model, const struct demand *demand)
{
    autoset hwloc_bitmap_t home = hwloc_bitmap_alloc();
    autofree unsigned int *counts = calloc(model->n_nodes + 1, sizeof(*counts));

    if (!home || !counts)
        return NULL;
    for (unsigned int i = 0; i < model->n_nodes; i++)
        counts[i] = demand->fixed ? demand->fixed[i] : model->nodes[i].n_cpus;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model_memory_allowed(model, demand, counts, i) &&
            hwloc_bitmap_set(home, model->nodes[i].id) < 0)
            return NULL;
    }
    return TAKE(home);
}

static bool has_cpus_on(const struct model *model, const unsigned int *counts,
                        hwloc_const_bitmap_t nodes)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] > 0 && hwloc_bitmap_isset(nodes, model->nodes[i].id))
            return true;
    }
    return false;
}

static void let_go(const struct model *model)
{
    for (unsigned int i = 0; i < model->n_demands; i++)
        model->demands[i].only = NULL;
}

/* Holds the others where the known placement has them; but who is where the demand's memory has to
 * be may have to go. */
static int hold_others(const struct question *question)
{
    const struct inquiry *inquiry = question->inquiry;
    const struct model *model = question->model;
    autoset hwloc_bitmap_t home = question->demand && question->demand->bytes > 0
                                      ? question_find_home(model, question->demand)
                                      : hwloc_bitmap_alloc();
    unsigned int known = 0;

    if (!home)
        return -ENOMEM;
    if (hwloc_bitmap_weight(home) > CONTESTED_MAX)
        hwloc_bitmap_zero(home);
    for (unsigned int i = 0; i < model->n_demands; i++) {
        struct demand *demand = &model->demands[i];
        const unsigned int *counts;

        known = number_in_whole(inquiry, demand, known);
        counts = &inquiry->counts[(size_t)known * model->n_nodes];
        if (demand != question->demand && !demand->fixed && known < inquiry->n_placed &&
            is_placed_so(model, demand, counts) && !has_cpus_on(model, counts, home))
            demand->only = counts;
    }
    return 0;
}

/* That is soon answered, so that there is some more work for it. */
static bool may_ask_beside(const struct question *question)
{
    const struct inquiry *inquiry = question->inquiry;

    return inquiry && inquiry->n_placed > 0 && is_large(question) &&
           inquiry->work < inquiry->limit + BESIDE_LIMIT;
}

/* What is not found so may be there all the same. */
static int ask_beside(const struct question *question)
{
    int r = hold_others(question);

    if (r == 0)
        r = search_for(question, STEPS_BESIDE);
    let_go(question->model);
    question->inquiry->cut_short |= r == 0;
    return r;
}

static unsigned int first_asked_for(const struct question *question)
{
    return question->alone >= 0 ? (unsigned int)question->alone : 0;
}

static void count_sum(const struct question *question)
{
    if (question->inquiry)
        question->inquiry->work +=
            (unsigned long)n_asked_for(question) * question->model->n_nodes * STEPS_IN_ALL;
}

int question_sum_others(struct question *question, struct shortage *others)
{
    question->others = others;
    count_sum(question);
    return shortage_init(others, question->model, first_asked_for(question), n_asked_for(question),
                         question->demand);
}

int question_is_short(const struct question *question)
{
    if (question->counts)
        return 0;
    if (question->others)
        return shortage_with(question->others, question->demand);
    count_sum(question);
    return shortage_find(question->model, first_asked_for(question), n_asked_for(question));
}

static int ask_given(const struct question *question)
{
    struct given given;
    int r = given_judge(question->model, question->counts, &given);
    bool possible = given.possible;

    given_fini(&given);
    return r < 0 ? r : possible;
}

int question_ask(const struct question *question)
{
    int r;

    if (question->counts)
        return ask_given(question);
    r = question_is_short(question);
    if (r != 0)
        return r < 0 ? r : 0;
    if (may_ask_beside(question))
        return ask_beside(question);
    if (!may_search(question->inquiry))
        return 0;
    return search_for(question, STEPS_A_CELL);
}

/* When no more may be asked it is taken to be possible: so the last that cannot was seen. */
static int has_none(const struct question *question)
{
    int r = is_over(question->inquiry) ? 1 : question_ask(question);

    return r < 0 ? r : r == 0;
}

/* One that is alike, before it, or -1. */
static int find_alike(const struct model *model, unsigned int demand)
{
    int i = (int)demand - 1;

    while (i >= 0 && !demands_are_alike(model, &model->demands[i], &model->demands[demand]))
        i--;
    return i;
}

/* 1: *ret_question is of the first that has no place by itself, 0: each has; or -ENOMEM. */
static int find_alone(struct inquiry *inquiry, struct model *model, struct question *ret_question)
{
    unsigned int in_whole = 0;

    for (unsigned int i = 0; i < model->n_demands; i++) {
        struct question question = {
            .inquiry = inquiry, .model = model, .demand = &model->demands[i], .alone = (int)i};
        int r;

        in_whole = number_in_whole(inquiry, question.demand, in_whole);
        if (inquiry->alone[in_whole])
            continue;
        r = find_alike(model, i) >= 0 ? 0 : has_none(&question);
        if (r < 0)
            return r;
        inquiry->alone[in_whole] = r == 0 && !is_over(inquiry);
        if (r == 0)
            continue;
        r = question_is_short(&question);
        question.proven = r > 0;
        *ret_question = question;
        return r < 0 ? r : 1;
    }
    return 0;
}

/* Between low, which can be placed, and high, which cannot: the first so many that cannot, as far
 * as ask knows. */
static int halve(struct question *question, int (*cannot)(const struct question *),
                 unsigned int *ret_high)
{
    unsigned int low = 0, high = *ret_high;

    while (high - low > 1) {
        int r;

        question->n_only = low + (high - low) / 2;
        r = cannot(question);
        if (r < 0)
            return r;
        if (r > 0)
            high = question->n_only;
        else
            low = question->n_only;
    }
    *ret_high = high;
    return 0;
}

/* Where totals tell who it is, a large file is not searched for one that is before it. */
static int find_beside(struct inquiry *inquiry, struct model *model, struct question *ret_question)
{
    struct question question = {.inquiry = inquiry, .model = model, .alone = -1};
    unsigned int high = model->n_demands;
    int r = question_is_short(&question);

    question.proven = r > 0;
    if (r > 0)
        r = halve(&question, question_is_short, &high);
    if (r == 0 && !(question.proven && is_large(&question)))
        r = halve(&question, has_none, &high);
    question.n_only = high;
    question.demand = &model->demands[high - 1];
    *ret_question = question;
    return r;
}

int question_find_culprit(struct inquiry *inquiry, struct model *model,
                          struct question *ret_question)
{
    unsigned long limit = inquiry->limit;
    bool cut_short = inquiry->cut_short;
    int r;

    if (inquiry->work + CULPRIT_LIMIT < limit)
        inquiry->limit = inquiry->work + CULPRIT_LIMIT;
    r = find_alone(inquiry, model, ret_question);
    if (r == 0)
        r = find_beside(inquiry, model, ret_question);
    inquiry->limit = limit;
    inquiry->cut_short = cut_short; /* whose it is says nothing about what would help */
    return r < 0 ? r : 0;
}
