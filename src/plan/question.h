/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_QUESTION_H
#define PLAN_QUESTION_H

/*
 * Would there be a placement if something were different? "No" is first looked for in what nodes
 * have in all (shortage.h), which is soon seen; "yes" of a large file beside a placement that is
 * known already; only then is it searched for. What is asked about one file shares that placement,
 * and a limit: it is counted in work, so that the answers are the same everywhere.
 */

#include "model.h"
#include "shortage.h"

/* What the questions about one file share. */
struct inquiry {
    const struct plan_watch *watch; /* told how far it is */
    const struct model *whole;      /* the file as it is, but for what is being changed */
    unsigned int *counts;  /* [demand * n_nodes + node_idx]: a placement of the whole's first */
    unsigned int n_placed; /* demands, so many: 0, none is known */
    const struct demand *changed; /* which was placed with something about it changed */
    bool *alone;        /* by demand of the whole: it is known to have a place by itself, which no
                           change that is asked for takes from it */
    unsigned long work; /* about 100 ns each */
    unsigned long limit;
    bool cut_short; /* the limit was reached: a "no" may have been a "yes" */
};

/* -ENOMEM. The caller calls inquiry_fini whatever is returned. */
int inquiry_init(struct inquiry *inquiry, const struct model *whole,
                 const struct plan_watch *watch);
void inquiry_fini(struct inquiry *inquiry);

/* Whose wish it is about, and beside which others. */
struct question {
    struct inquiry *inquiry; /* NULL: by itself */
    struct model *model;
    struct demand *demand; /* the one that is changed; part of the model */
    unsigned int n_only;   /* as in struct search_options */
    int alone;
    const unsigned int *counts; /* of all demands, which have their CPUs there; NULL: anywhere */
    struct shortage *others;    /* what all but the demand leave (question_sum_others); NULL: not
                                   summed up */
    bool proven;                /* of a culprit: it cannot, whatever a search may miss */
    bool fragmented; /* of a culprit: there would be room if a share could lie in pieces */
};

/* 1: there is a placement, 0: none was found; or -ENOMEM. */
int question_ask(const struct question *question);
/* The nodes where the demand's memory may be, with whatever CPUs. NULL: out of memory. */
hwloc_bitmap_t question_find_home(const struct model *model, const struct demand *demand);

/* For many questions that change nothing but the demand. -ENOMEM. The caller calls shortage_fini
 * and sets question->others to NULL whatever is returned. */
int question_sum_others(struct question *question, struct shortage *others);
/* Only what is seen without a search. 1: there is none, 0: nothing is known, or -ENOMEM. */
int question_is_short(const struct question *question);

/* The first instance that cannot be placed even alone, else the first that is found to have no
 * place beside those before it: there is one, since all together cannot. 0 or -ENOMEM. */
int question_find_culprit(struct inquiry *inquiry, struct model *model,
                          struct question *ret_question);

#endif
