/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as text and as JSON. */

#include "render-findings.h"

#include "cli.h"
#include "json-util.h"
#include "text.h"

static const char *const colours[] = {
    [SEVERITY_NOTE] = "\033[1;36m",
    [SEVERITY_WARNING] = "\033[1;35m",
    [SEVERITY_ERROR] = "\033[1;31m",
};

static void render_finding(const struct findings *findings, const struct finding *finding,
                           FILE *stream)
{
    bool colour = cli_colour(stream);

    if (findings->file && finding->at.line > 0)
        fprintf(stream, "%s:%u:%u: ", mark_file(finding->at, findings->file), finding->at.line,
                finding->at.column);
    fprintf(stream, "%s%s%s: ", colour ? colours[finding->severity] : "",
            severity_name(finding->severity), colour ? "\033[0m" : "");
    text_put(stream, finding->subject);
    fprintf(stream, ": ");
    text_put(stream, finding->fact);
    fprintf(stream, " [%s]\n", finding->code);
    if (finding->way_out)
        fprintf(stream, "  %s\n", finding->way_out);
}

void render_findings(const struct findings *findings, enum severity least, FILE *stream)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (findings->findings[i].severity >= least)
            render_finding(findings, &findings->findings[i], stream);
    }
}

void render_finding_indented(const struct finding *finding, FILE *stream)
{
    fprintf(stream, "  %s: %s [%s]\n", severity_name(finding->severity), finding->fact,
            finding->code);
    if (finding->way_out)
        fprintf(stream, "    %s\n", finding->way_out);
}

static json_t *json_finding(const struct findings *findings, const struct finding *finding)
{
    bool placed = findings->file && finding->at.line > 0;

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "code", finding->code, "severity",
                     severity_name(finding->severity), "subject", json_text(finding->subject),
                     "fact", json_text(finding->fact), "way_out", json_text(finding->way_out),
                     "file",
                     placed ? json_text(mark_file(finding->at, findings->file)) : json_null(),
                     "line", placed ? json_integer(finding->at.line) : json_null(), "column",
                     placed ? json_integer(finding->at.column) : json_null());
}

json_t *json_findings(const struct findings *findings)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (json_array_append_new(json, json_finding(findings, &findings->findings[i]))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}
