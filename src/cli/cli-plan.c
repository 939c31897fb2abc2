/* SPDX-License-Identifier: Apache-2.0 */
/* From a checked file to a plan. */

#include "cli-plan.h"

#include "cli.h"
#include "progress.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int cli_take_budget(const struct command *command, const char *text, unsigned int *ret_ms)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)text[0]) || *end || value == 0 || value > PLAN_BUDGET_MAX_MS)
        return cli_usage(command, "--budget=%s: a number of milliseconds is wanted, 1 to %u", text,
                         PLAN_BUDGET_MAX_MS);
    *ret_ms = (unsigned int)value;
    return EXIT_DONE;
}

/* Findings that say "too little": the planner comes to the same conclusion and adds a way out. */
static bool is_shortage(const struct finding *finding)
{
    static const char *const codes[] = {"cpus-short", "smt-count", "memory-short",
                                        "memory-short-now", "memory-sum-short"};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (strcmp(finding->code, codes[i]) == 0)
            return true;
    }
    return false;
}

static bool has_error(const struct findings *findings, bool but_shortage)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *finding = &findings->findings[i];

        if (finding->severity == SEVERITY_ERROR && !(but_shortage && is_shortage(finding)))
            return true;
    }
    return false;
}

/* Of what came of planning. */
static int verdict_of(const struct loaded_spec *loaded, int outcome)
{
    if (outcome < 0)
        return outcome;
    if (outcome == PLAN_IMPOSSIBLE)
        return PLAN_VERDICT_IMPOSSIBLE;
    return has_error(&loaded->findings, false) ? PLAN_VERDICT_UNSOUND : PLAN_VERDICT_MADE;
}

int cli_plan_make(const struct loaded_spec *loaded, const struct plan_options *options,
                  struct plan **ret_plan, struct refusal *ret_refusal, struct np_error *err)
{
    autoplan struct plan *plan = NULL;
    struct plan_options watched = *options;
    struct progress progress;
    int r;

    if (has_error(&loaded->findings, true))
        return PLAN_VERDICT_UNSOUND;
    progress_begin(&progress);
    watched.watch = progress_watch(&progress);
    r = verdict_of(loaded, plan_make(loaded->wishes, &watched, &plan, ret_refusal, err));
    progress_end(&progress);
    if (r == PLAN_VERDICT_MADE)
        *ret_plan = TAKE(plan);
    return r;
}

int cli_replan_make(const struct loaded_spec *loaded, const struct plan_options *options,
                    struct replan *ret_replan, struct refusal *ret_refusal, struct np_error *err)
{
    struct plan_options watched = *options;
    struct progress progress;
    int r;

    if (has_error(&loaded->findings, true))
        return PLAN_VERDICT_UNSOUND;
    progress_begin(&progress);
    watched.watch = progress_watch(&progress);
    r = verdict_of(loaded, replan_make(loaded->wishes, &watched, ret_replan, ret_refusal, err));
    progress_end(&progress);
    return r;
}

int cli_plan_explain(const struct loaded_spec *loaded, const struct plan_options *options,
                     const struct plan *plan, unsigned int instance,
                     struct explanation **ret_explanation, struct np_error *err)
{
    struct plan_options watched = *options;
    struct progress progress;
    int r;

    progress_begin(&progress);
    watched.watch = progress_watch(&progress);
    r = plan_explain(loaded->wishes, &watched, plan, instance, ret_explanation, err);
    progress_end(&progress);
    return r;
}

void cli_plan_refuse(const struct spec *spec, const struct refusal *refusal)
{
    const struct instance *instance =
        refusal->instance ? spec_instance(spec, refusal->instance) : NULL;
    struct np_error err = {0};

    (void)error_set(&err, -ENOSPC, "no placement: \"%s\": %s",
                    refusal->instance ? refusal->instance : "", refusal->reason);
    if (refusal->way_out)
        error_hint(&err, "%s", refusal->way_out);
    if (instance) {
        struct mark at = instance->at[KEY_NAME];

        error_at(&err, mark_file(at, spec->file), at.line, at.column);
    }
    cli_error(&err, err.code);
}
