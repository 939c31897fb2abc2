/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader of the file noticed and could not call an error of it. */

#include "check-rules.h"

static const enum finding_code codes[] = {
    [REMARK_UNKNOWN] = CODE_UNKNOWN_PROPERTY,
    [REMARK_COMMENT] = CODE_COMMENT_DISAGREES,
    [REMARK_ASSUMED] = CODE_READING_ASSUMED,
    [REMARK_ASTRAY] = CODE_CPU_ASTRAY,
    [REMARK_PCI] = CODE_PCI_TWICE,
};

static int check_remarks(const struct check *check)
{
    const struct spec *spec = check->wishes->spec;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < spec->n_remarks; i++) {
        const struct remark *remark = &spec->remarks[i];
        struct place place = {
            .subject = remark->subject,
            .is_instance = remark->subject[0] != '/' && spec_instance(spec, remark->subject),
            .at = remark->at,
        };

        r = report(check, place, codes[remark->kind], text("%s", remark->fact),
                   remark->way_out ? text("%s", remark->way_out) : NULL);
    }
    return r;
}

const whole_rule remark_rules[] = {check_remarks, NULL};
