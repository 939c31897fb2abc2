/* SPDX-License-Identifier: Apache-2.0 */
/* From a placement file to findings: what was read is judged, whatever it says; a sound wish has a
 * plan or a refusal. */

#include "fuzz.h"

#include "check.h"

static struct machine *load_machine(void)
{
    struct machine *machine = NULL;

    REQUIRE(machine_load("synthetic:pack:2 [numa(memory=16GiB)] l3:2 core:2 pu:2", MACHINE_ALL,
                         &machine, NULL) == 0);
    return machine;
}

static void try_plan(const struct wishes *wishes)
{
    const struct plan_options options = {0};
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    int r = plan_make(wishes, &options, &plan, &refusal, NULL);

    REQUIRE(r == PLAN_MADE || r == PLAN_IMPOSSIBLE);
    REQUIRE((r == PLAN_MADE) == (plan != NULL));
    REQUIRE(r == PLAN_MADE || refusal.reason);
    refusal_fini(&refusal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    automachine struct machine *machine = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    struct findings findings = {0};
    struct np_error err = {0};

    if (spec_parse("fuzz.yaml", (const char *)data, size, &spec, NULL) < 0)
        return 0;
    machine = load_machine(); /* anew: the file's devices are put into it */
    if (wishes_resolve(machine, spec, &wishes, &err) < 0) {
        REQUIRE(err.line > 0);
        return 0;
    }
    REQUIRE(check_wishes(wishes, &(struct check_options){0}, &findings) == 0);
    for (unsigned int i = 0; i < findings.n_findings; i++)
        REQUIRE(findings.findings[i].fact[0] && findings.findings[i].at.line > 0);
    if (findings_count(&findings, SEVERITY_ERROR) == 0 && wishes->n_wishes <= 8)
        try_plan(wishes);
    findings_fini(&findings);
    return 0;
}
