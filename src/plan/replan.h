/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_REPLAN_H
#define PLAN_REPLAN_H

/*
 * The next plan for what runs already, and whether to go there. Up to three plans are made: with
 * the prices as they are; with prices so high that only moves what must (a node went out of
 * service, memory shrank, a new instance needs the room); and, when that is best, one as if moving
 * were free, to tell what staying forgoes.
 */

#include "moves.h"

enum advice {
    ADVICE_STAY, /* what is somewhere stays: no other placement gains what it costs */
    ADVICE_MUST, /* the same, but for what cannot stay */
    ADVICE_MOVE,
};

struct replan {
    enum advice advice;
    struct plan *plan;  /* the advised one; its moves are plan->moves */
    struct plan *other; /* ADVICE_MOVE: with no other moves than those that must be; else the best
                           if moving were free, NULL when it costs no less */
    double gain;        /* what the other placement gains: cost of staying less cost of moving */
    double price;       /* and what it costs beyond the moves that must be */
};

/* options->current is set. A plan_outcome as of plan_make. The caller calls replan_fini. */
int replan_make(const struct wishes *wishes, const struct plan_options *options,
                struct replan *ret_replan, struct refusal *ret_refusal, struct np_error *err);
void replan_fini(struct replan *replan);

const char *advice_name(enum advice advice); /* stay, must, move */

#define autoreplan CLEANUP(replan_fini)

#endif
