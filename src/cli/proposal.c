/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposes, changes the text, reads and checks it again, until nothing is wrong any more. Most
 * files need one round; a second one lowers what is still too much, one instance a round.
 */

#include "proposal.h"

#include "dt-edit.h"

#include <string.h>

enum { ROUNDS_MAX = 64 };

/* A text, and what is found in it. */
struct draft {
    char *text;
    struct spec *spec;
    struct wishes *wishes;
    struct findings findings;
};

static void draft_fini(struct draft *draft)
{
    findings_fini(&draft->findings);
    draft->wishes = wishes_free(draft->wishes);
    draft->spec = spec_free(draft->spec);
    free(draft->text);
    *draft = (struct draft){0};
}

#define autodraft CLEANUP(draft_fini)

/* Reads and checks draft->text. The machine is the file's as it is: no change is made there. */
static int draft_check(const struct check_options *options, const struct loaded_spec *loaded,
                       struct draft *draft, struct np_error *err)
{
    int r = spec_parse(loaded->spec->file, draft->text, strlen(draft->text), &draft->spec, err);

    if (r == 0)
        r = wishes_resolve(loaded->machine, draft->spec, &draft->wishes, err);
    if (r < 0)
        return r;
    draft->findings.file = loaded->spec->file;
    draft->findings.format = loaded->spec->format;
    if (loaded->described)
        r = check_machines(loaded->described, loaded->machine, &draft->findings);
    return r < 0 ? r : check_wishes(draft->wishes, options, &draft->findings);
}

static int take_unmet(struct fix *fix, struct proposal *proposal)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < fix->n_unmet; i++)
        r = proposal_unmet(proposal, strdup(fix->unmet[i]));
    return r;
}

/* The draft with one round of changes. *ret_text is NULL when there is nothing to change. */
static int improve(const struct check_options *options, const struct draft *draft,
                   struct proposal *proposal, char **ret_text)
{
    autofix struct fix fix = {0};
    autodtedits struct dt_edits *edits = NULL;
    int r = fix_propose(draft->wishes, options, &draft->findings, &fix);

    if (r == 0)
        r = take_unmet(&fix, proposal);
    if (r == 0 && fix.n_changes == 0) {
        fix_fini(&fix);
        r = fix_lower(draft->wishes, options, &fix);
    }
    *ret_text = NULL;
    if (r < 0 || fix.n_changes == 0)
        return r;
    r = dt_edits_new(draft->spec->trees[0], &edits);
    if (r == 0)
        r = proposal_add(draft->spec, &fix, edits, proposal);
    return r < 0 ? r : dt_edits_apply(edits, ret_text);
}

static void drop_unmet(struct proposal *proposal)
{
    strv_free(proposal->unmet);
    proposal->unmet = NULL;
    proposal->n_unmet = 0;
}

/* Hands over what was found in the last draft. */
static int conclude(struct draft *draft, const struct loaded_spec *loaded,
                    struct proposal *proposal)
{
    const char *before = loaded->spec->trees[0]->text;

    proposal->findings = draft->findings;
    proposal->spec = TAKE(draft->spec);
    draft->findings = (struct findings){0};
    if (findings_count(&proposal->findings, SEVERITY_ERROR) > 0)
        return 0;
    drop_unmet(proposal);
    return diff_texts(loaded->spec->file, before, draft->text, &proposal->diff);
}

static int make(const struct spec_request *request, const struct loaded_spec *loaded,
                struct draft *draft, struct proposal *proposal, struct np_error *err)
{
    const struct check_options options = {
        .use_free = request->use_free,
        .root = loaded->root,
        .described = loaded->described,
    };
    int r = draft_check(&options, loaded, draft, err);

    for (unsigned int i = 0;
         r == 0 && i < ROUNDS_MAX && findings_count(&draft->findings, SEVERITY_ERROR) > 0; i++) {
        char *text = NULL;

        drop_unmet(proposal);
        r = improve(&options, draft, proposal, &text);
        if (r < 0 || !text)
            break;
        draft_fini(draft);
        draft->text = text;
        r = draft_check(&options, loaded, draft, err);
    }
    return r < 0 ? r : conclude(draft, loaded, proposal);
}

static int refuse(const struct spec_request *request, const struct spec *spec, struct np_error *err)
{
    int r;

    if (spec->format != SPEC_DEVICE_TREE) {
        r = error_set(err, -ENOTSUP, "%.200s is no device tree: a fix is proposed for those only",
                      spec->file);
        error_hint(err, "`numaplace convert --to dts` makes one of it");
    } else if (request->overlays) {
        r = error_set(err, -ENOTSUP, "a fix is proposed for one file, without overlays");
        error_hint(err, "`numaplace convert --to dts` with the overlays makes one of them");
    } else {
        r = error_set(err, -ENOTSUP, "%.200s is a blob, and a fix is proposed for text",
                      spec->file);
        error_hint(err, "`numaplace convert --to dts` makes text of it");
    }
    return r;
}

int proposal_make(const struct spec_request *request, const struct loaded_spec *loaded,
                  struct proposal *proposal, struct np_error *err)
{
    const struct spec *spec = loaded->spec;
    autodraft struct draft draft = {0};

    if (spec->format != SPEC_DEVICE_TREE || request->overlays || !spec->trees[0]->text)
        return refuse(request, spec, err);
    draft.text = strdup(spec->trees[0]->text);
    return draft.text ? make(request, loaded, &draft, proposal, err) : -ENOMEM;
}

int proposal_unmet(struct proposal *proposal, char *line)
{
    char **larger =
        line ? reallocarray(proposal->unmet, proposal->n_unmet + 2, sizeof(*larger)) : NULL;

    if (!larger) {
        free(line);
        return -ENOMEM;
    }
    proposal->unmet = larger;
    larger[proposal->n_unmet++] = line;
    larger[proposal->n_unmet] = NULL;
    return 0;
}

void proposal_fini(struct proposal *proposal)
{
    for (unsigned int i = 0; i < proposal->n_changes; i++) {
        struct proposal_change *change = &proposal->changes[i];

        free(change->subject);
        free(change->property);
        free(change->before);
        free(change->after);
        free(change->reason);
    }
    free(proposal->changes);
    free(proposal->diff);
    findings_fini(&proposal->findings);
    proposal->spec = spec_free(proposal->spec);
    strv_free(proposal->unmet);
    *proposal = (struct proposal){0};
}
