/* SPDX-License-Identifier: Apache-2.0 */
/* Whether moving pays: see replan.h. */

#include "replan.h"

/* Of two costs that differ by less nobody should move: a millionth of a local access. */
#define LEAST_GAIN 1e-6

const char *advice_name(enum advice advice)
{
    static const char *const names[] = {
        [ADVICE_STAY] = "stay", [ADVICE_MUST] = "must", [ADVICE_MOVE] = "move"};

    return names[advice];
}

static int plan_at(const struct wishes *wishes, const struct plan_options *options,
                   enum move_pricing pricing, struct plan **ret_plan, struct np_error *err)
{
    struct plan_options at = *options;
    struct refusal refusal = {0};
    int r;

    at.pricing = pricing;
    r = plan_make(wishes, &at, ret_plan, &refusal, err);
    refusal_fini(&refusal);
    return r;
}

static void set_advice(struct replan *replan, enum advice advice, const struct plan *stay,
                       const struct plan *move)
{
    replan->advice = advice;
    replan->gain = stay->cost - move->cost;
    replan->price = move->moves->price - stay->moves->price;
}

/* Nothing moves that need not: what is forgone by that? */
static int advise_stay(const struct wishes *wishes, const struct plan_options *options,
                       struct replan *replan, struct np_error *err)
{
    enum advice advice = replan->plan->moves->n_moving > 0 ? ADVICE_MUST : ADVICE_STAY;
    int r = plan_at(wishes, options, MOVE_FREE, &replan->other, err);

    if (r < 0)
        return r;
    if (r == PLAN_MADE) { /* with prices there was one, too; it need not be found again */
        set_advice(replan, advice, replan->plan, replan->other);
        if (replan->gain >= LEAST_GAIN)
            return 0;
    }
    replan->other = plan_free(replan->other);
    replan->advice = advice;
    replan->gain = replan->price = 0;
    return 0;
}

/* replan->plan is the best with its price; stay has as few moves as there can be. */
static int choose(const struct wishes *wishes, const struct plan_options *options,
                  struct plan *stay, struct replan *replan, struct np_error *err)
{
    set_advice(replan, ADVICE_MOVE, stay, replan->plan);
    if (replan->gain > replan->price + LEAST_GAIN) {
        replan->other = stay;
        return 0;
    }
    (void)plan_free(replan->plan);
    replan->plan = stay;
    return advise_stay(wishes, options, replan, err);
}

int replan_make(const struct wishes *wishes, const struct plan_options *options,
                struct replan *ret_replan, struct refusal *ret_refusal, struct np_error *err)
{
    struct replan replan = {0};
    struct plan *stay = NULL;
    int r = plan_make(wishes, options, &replan.plan, ret_refusal, err);

    if (r != PLAN_MADE)
        return r;
    if (replan.plan->moves->n_moving > 0) {
        r = plan_at(wishes, options, MOVE_LEAST, &stay, err);
        if (r == PLAN_IMPOSSIBLE) /* it was not found: then there is nothing to hold it against */
            r = plan_at(wishes, options, MOVE_PRICED, &stay, err);
        if (r == 0)
            r = choose(wishes, options, stay, &replan, err);
    } else {
        r = advise_stay(wishes, options, &replan, err);
    }
    if (r < 0)
        replan_fini(&replan);
    else
        *ret_replan = replan;
    return r;
}

void replan_fini(struct replan *replan)
{
    replan->plan = plan_free(replan->plan);
    replan->other = plan_free(replan->other);
}
