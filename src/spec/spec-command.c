/* SPDX-License-Identifier: Apache-2.0 */
/* A command for an instance whose file names nothing to run. */

#include "spec.h"
#include "word.h"

#include <string.h>

/* The caller frees. */
static const char **names_of(const struct spec *spec)
{
    const char **names = calloc(spec->n_instances + 1, sizeof(*names));

    for (unsigned int i = 0; names && i < spec->n_instances; i++)
        names[i] = spec->instances[i].name;
    return names;
}

static int refuse_name(const struct spec *spec, const char *name, struct np_error *err)
{
    autofree const char **names = names_of(spec);
    char known[200];
    const char *near;

    if (!names)
        return -ENOMEM;
    near = word_nearest(name, names);
    error_set(err, -EINVAL, "%s has no instance \"%.64s\"", spec->file, name);
    if (near)
        error_hint(err, "did you mean \"%s\"?", near);
    else if (spec->n_instances > 0)
        error_hint(err, "it has: %s", word_join(names, known, sizeof(known)));
    return -EINVAL;
}

static int refuse_target(const struct spec *spec, const struct instance *instance,
                         struct np_error *err)
{
    struct mark at = instance->at[KEY_TARGET];

    error_set(err, -EINVAL, "\"%s\" is something already: it has `%s`", instance->name,
              target_kind_name(instance->target));
    error_hint(err, "apply the file without a command, or take `%s` out of it",
               target_kind_name(instance->target));
    error_at(err, spec->file, at.line, at.column);
    return -EINVAL;
}

static char **copy_words(char *const *words)
{
    unsigned int n = 0;
    char **copy;

    while (words[n])
        n++;
    copy = calloc(n + 1, sizeof(*copy));
    for (unsigned int i = 0; copy && i < n; i++) {
        copy[i] = strdup(words[i]);
        if (!copy[i]) {
            strv_free(copy);
            return NULL;
        }
    }
    return copy;
}

int spec_give_command(struct spec *spec, const char *name, char *const *argv, struct np_error *err)
{
    const struct instance *instance = spec_instance(spec, name);

    if (!instance)
        return refuse_name(spec, name, err);
    if (instance->target != TARGET_NONE)
        return refuse_target(spec, instance, err);
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        if (&spec->instances[i] != instance) {
            spec->instances[i].target = TARGET_NONE;
            continue;
        }
        spec->instances[i].run = copy_words(argv);
        if (!spec->instances[i].run)
            return -ENOMEM;
        spec->instances[i].target = TARGET_RUN;
    }
    return 0;
}
