/* SPDX-License-Identifier: Apache-2.0 */
/* What both writers of a spec have in common. */

#include "spec-write.h"

#include <string.h>

int losses_add(struct losses *losses, const char *subject, struct mark at, char *what,
               const char *why)
{
    struct loss loss = {.subject = strdup(subject), .what = what, .why = strdup(why), .at = at};
    struct loss *all = NULL;

    if (loss.subject && loss.what && loss.why)
        all = reallocarray(losses->losses, losses->n + 1, sizeof(*all));
    if (!all) {
        free(loss.subject);
        free(loss.what);
        free(loss.why);
        return -ENOMEM;
    }
    losses->losses = all;
    all[losses->n++] = loss;
    return 0;
}

int lose_unknown(const struct spec *spec, struct losses *losses)
{
    int r = 0;

    for (unsigned int i = 0; i < spec->n_remarks && r == 0; i++) {
        const struct remark *remark = &spec->remarks[i];

        if (remark->kind == REMARK_UNKNOWN)
            r = losses_add(losses, remark->subject, remark->at, strdup(remark->fact),
                           "it is not carried over");
    }
    return r;
}

void losses_fini(struct losses *losses)
{
    for (unsigned int i = 0; i < losses->n; i++) {
        free(losses->losses[i].subject);
        free(losses->losses[i].what);
        free(losses->losses[i].why);
    }
    free(losses->losses);
    *losses = (struct losses){0};
}

bool set_expr_is_plain(const struct set_expr *expr)
{
    return !expr->all && !expr->same && !expr->invert && !expr->relative;
}

char *set_expr_text(const struct set_expr *expr)
{
    autofree char *list = set_format(expr->bits);

    if (!list)
        return NULL;
    return format_text("%s%s%s", expr->invert ? "!" : "", expr->relative ? "+" : "",
                       expr->all ? "all" : list);
}
