/* SPDX-License-Identifier: Apache-2.0 */
/* A proposed change as text and as JSON. */

#include "render-proposal.h"

#include "json-util.h"
#include "render-findings.h"
#include "text.h"

static void render_changes(const struct proposal *proposal, FILE *stream)
{
    for (unsigned int i = 0; i < proposal->n_changes; i++) {
        const struct proposal_change *change = &proposal->changes[i];

        fputs("  ", stream);
        text_put(stream, change->subject);
        fprintf(stream, ": %s: ", change->property);
        text_put(stream, change->reason);
        fputc('\n', stream);
    }
}

static void render_failure(const struct proposal *proposal, FILE *stream)
{
    fprintf(stream, "no change was found that would make it sound%s\n",
            proposal->n_changes > 0 ? "; these were tried:" : "");
    render_changes(proposal, stream);
    for (unsigned int i = 0; i < proposal->n_unmet; i++) {
        fputs("  ", stream);
        text_put(stream, proposal->unmet[i]);
        fputc('\n', stream);
    }
    if (proposal->n_changes == 0)
        return;
    fputs("and this stays wrong:\n", stream);
    render_findings(&proposal->findings, SEVERITY_ERROR, stream);
}

void render_proposal(const struct proposal *proposal, FILE *stream)
{
    char counts[COUNTS_TEXT_MAX];

    if (!proposal->diff) {
        render_failure(proposal, stream);
        return;
    }
    if (proposal->n_changes == 0) {
        fputs("nothing to fix\n", stream);
        return;
    }
    fprintf(stream, "%u change%s would make it sound (%s):\n", proposal->n_changes,
            proposal->n_changes == 1 ? "" : "s", cli_counts_text(&proposal->findings, counts));
    render_changes(proposal, stream);
    fprintf(stream, "\n%s", proposal->diff);
}

static json_t *json_changes(const struct proposal *proposal)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < proposal->n_changes; i++) {
        const struct proposal_change *change = &proposal->changes[i];

        if (json_array_append_new(
                json,
                json_pack("{s:o, s:s, s:o, s:o, s:o}", "instance",
                          change->instance == FIX_HOST ? json_null() : json_text(change->subject),
                          "property", change->property, "before", json_text(change->before),
                          "after", json_text(change->after), "reason",
                          json_text(change->reason)))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_unmet(const struct proposal *proposal)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < proposal->n_unmet; i++) {
        if (json_array_append_new(json, json_text(proposal->unmet[i]))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

json_t *json_proposal(const struct proposal *proposal)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "changes", json_changes(proposal), "diff",
                     json_text(proposal->diff), "unmet", json_unmet(proposal), "findings",
                     json_findings(&proposal->findings));
}
