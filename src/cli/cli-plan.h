/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_PLAN_H
#define CLI_CLI_PLAN_H

/* From a checked file to a plan: what plan and apply have in common. What takes over a second shows
 * on a terminal how far it is. */

#include "cli-spec.h"
#include "cli.h"
#include "explain.h"
#include "plan.h"
#include "replan.h"

#define CLI_OPTION_BUDGET                                                                          \
    {                                                                                              \
        "budget", 0, "MS", "look so long for a better plan, about (200)"                           \
    }

/* Its argument. EXIT_DONE, or EXIT_USAGE after a message. */
int cli_take_budget(const struct command *command, const char *text, unsigned int *ret_ms);

enum plan_verdict {
    PLAN_VERDICT_MADE = 0,
    PLAN_VERDICT_IMPOSSIBLE = 1, /* the refusal says why and what would fit */
    PLAN_VERDICT_UNSOUND = 2,    /* the findings say why */
};

/* Plans unless check found an error. That there is too little of something is left to the planner
 * even so, who can say what would fit. A plan_verdict with *ret_plan or *ret_refusal filled, or a
 * negative errno. The caller frees both. */
int cli_plan_make(const struct loaded_spec *loaded, const struct plan_options *options,
                  struct plan **ret_plan, struct refusal *ret_refusal, struct np_error *err);

/* The same from where instances are now, which options say. The caller calls replan_fini. */
int cli_replan_make(const struct loaded_spec *loaded, const struct plan_options *options,
                    struct replan *ret_replan, struct refusal *ret_refusal, struct np_error *err);

/* plan_explain of a plan that was made so. */
int cli_plan_explain(const struct loaded_spec *loaded, const struct plan_options *options,
                     const struct plan *plan, unsigned int instance,
                     struct explanation **ret_explanation, struct np_error *err);

/* "numaplace: file:line:column: ..." on stderr: why there is no placement, and the way out. */
void cli_plan_refuse(const struct spec *spec, const struct refusal *refusal);

#endif
