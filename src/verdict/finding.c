/* SPDX-License-Identifier: Apache-2.0 */
/* The list that every judgement fills. */

#include "finding.h"

#include <stdarg.h>
#include <string.h>

int findings_add(struct findings *findings, enum finding_code code, struct place place, char *fact,
                 char *way_out)
{
    autofree char *taken_fact = fact;
    autofree char *taken_way_out = way_out;
    autofree char *subject_copy = strdup(place.subject);
    struct finding *larger =
        reallocarray(findings->findings, findings->n_findings + 1, sizeof(*larger));

    if (larger)
        findings->findings = larger;
    if (!larger || !subject_copy || !fact)
        return -ENOMEM;
    findings->findings[findings->n_findings++] = (struct finding){
        .code = finding_kinds[code].code,
        .severity = finding_kinds[code].severity,
        .subject = TAKE(subject_copy),
        .is_instance = place.is_instance,
        .fact = TAKE(taken_fact),
        .way_out = TAKE(taken_way_out),
        .at = place.at,
    };
    return 0;
}

void findings_fini(struct findings *findings)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        free(findings->findings[i].subject);
        free(findings->findings[i].fact);
        free(findings->findings[i].way_out);
    }
    free(findings->findings);
    *findings = (struct findings){.file = findings->file, .format = findings->format};
}

unsigned int findings_count(const struct findings *findings, enum severity severity)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < findings->n_findings; i++)
        n += findings->findings[i].severity == severity;
    return n;
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {
        [SEVERITY_NOTE] = "note",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_ERROR] = "error",
    };

    return names[severity];
}

char *text(const char *format, ...)
{
    va_list args;
    char *made;
    int r;

    va_start(args, format);
    r = vasprintf(&made, format, args);
    va_end(args);
    return r < 0 ? NULL : made;
}

char *text_set(const char *noun, hwloc_const_bitmap_t set)
{
    autofree char *list = set_format(set);

    if (!list)
        return NULL;
    if (!*list)
        return text("no %s", noun);
    return text("%s%s %s", noun, hwloc_bitmap_weight(set) == 1 ? "" : "s", list);
}
