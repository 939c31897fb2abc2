/* SPDX-License-Identifier: Apache-2.0 */
/* From the names on the command line to wishes that were checked. */

#include "cli-spec.h"

#include "cli.h"
#include "machine-devicetree.h"

#include <string.h>

/* What the placement file names is looked for beside it, wherever we run. The caller frees. */
static char *machine_source(const struct spec *spec, const char *from)
{
    const char *source = from ? from : spec->machine;
    const char *slash = strrchr(spec->file, '/');
    char *path;

    if (from || !slash || source[0] == '/' || strcmp(source, "live") == 0 ||
        strncmp(source, "synthetic:", 10) == 0)
        return strdup(source);
    return asprintf(&path, "%.*s/%s", (int)(slash - spec->file), spec->file, source) < 0 ? NULL
                                                                                         : path;
}

/* What is wrong with the machine is told at the place in the spec that names it. */
static int blame_spec(const struct spec *spec, int code, struct np_error *err)
{
    struct np_error of_machine = *err;

    (void)error_set(err, code, "%s%s%s", of_machine.file, of_machine.file[0] ? ": " : "",
                    of_machine.text);
    if (of_machine.hint[0])
        error_hint(err, "%s", of_machine.hint);
    error_at(err, spec->file, spec->machine_at.line, spec->machine_at.column);
    return code;
}

bool cli_describes_machine(const struct spec *spec)
{
    return spec->format == SPEC_DEVICE_TREE && strcmp(spec->machine, "live") != 0;
}

static int load_machine(const struct spec_request *request, struct loaded_spec *loaded,
                        struct np_error *err)
{
    bool running = request->running && loaded->spec->format == SPEC_DEVICE_TREE;
    const char *from = running ? "live" : request->from;
    autofree char *source = machine_source(loaded->spec, from);
    int r;

    if (!from && cli_describes_machine(loaded->spec))
        return machine_from_devicetree(loaded->spec->trees[0], request->parts, &loaded->machine,
                                       err);

    if (!source)
        return -ENOMEM;
    r = machine_load(source, request->parts, &loaded->machine, err);
    if (r < 0 && err->code == r && !request->from && loaded->spec->machine_at.line > 0)
        return blame_spec(loaded->spec, r, err);
    if (r == 0 && loaded->machine->live)
        r = root_open("/", &loaded->root, err);
    return r;
}

static int withdraw_nodes(const struct spec_request *request, struct machine *machine,
                          struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = NULL;
    int r;

    if (!request->without)
        return 0;
    r = set_parse_list(request->without, &nodes, err);
    return r < 0 ? r : machine_withdraw(machine, nodes, err);
}

/* A device tree that is no overlay describes a machine itself: what differs between that and the
 * one at hand makes findings. */
static int load_described(const struct spec_request *request, struct loaded_spec *loaded,
                          struct np_error *err)
{
    const struct spec *spec = loaded->spec;

    if (!cli_describes_machine(spec) || (!request->from && !request->running) ||
        (!request->overlays && strcmp(spec->file, loaded->machine->source) == 0))
        return 0;
    return machine_from_devicetree(spec->trees[0], request->parts, &loaded->described, err);
}

static int check_loaded(const struct spec_request *request, struct loaded_spec *loaded)
{
    const struct check_options options = {
        .use_free = request->use_free,
        .root = loaded->root,
        .described = loaded->described,
    };
    int r = 0;

    loaded->findings.file = loaded->spec->file;
    loaded->findings.format = loaded->spec->format;
    if (loaded->described)
        r = check_machines(loaded->described, loaded->machine, &loaded->findings);
    return r < 0 ? r : check_wishes(loaded->wishes, &options, &loaded->findings);
}

int cli_add_overlay(char ***overlays, const char *file)
{
    size_t n = 0;
    char **all;

    while (*overlays && (*overlays)[n])
        n++;
    all = reallocarray(*overlays, n + 2, sizeof(char *));
    if (!all)
        return -ENOMEM;
    all[n] = (char *)file;
    all[n + 1] = NULL;
    *overlays = all;
    return 0;
}

int cli_spec_load(const struct spec_request *request, struct loaded_spec *loaded,
                  struct np_error *err)
{
    int r = spec_load_overlaid(request->path, request->overlays, &loaded->spec, err);

    if (r == 0 && request->instance)
        r = spec_give_command(loaded->spec, request->instance, request->command, err);
    if (r == 0)
        r = load_machine(request, loaded, err);
    if (r == 0)
        r = withdraw_nodes(request, loaded->machine, err);
    if (r == 0)
        r = load_described(request, loaded, err);
    if (r == 0)
        r = wishes_resolve(loaded->machine, loaded->spec, &loaded->wishes, err);
    if (r == 0)
        r = spec_irqs_load(loaded->machine, loaded->wishes, &loaded->irqs, err);
    if (r == 0 && request->current)
        r = wishes_hold(loaded->wishes, request->current);
    return r < 0 ? r : check_loaded(request, loaded);
}

void loaded_spec_fini(struct loaded_spec *loaded)
{
    findings_fini(&loaded->findings);
    loaded->wishes = wishes_free(loaded->wishes);
    spec_irqs_fini(&loaded->irqs);
    loaded->machine = machine_free(loaded->machine);
    loaded->described = machine_free(loaded->described);
    loaded->spec = spec_free(loaded->spec);
    loaded->root = root_free(loaded->root);
}

int cli_spec_exit(int code)
{
    switch (code) {
    case -EINVAL:
    case -ERANGE:
    case -EFBIG:
    case -ENOTSUP:
        return EXIT_INVALID;
    default:
        return EXIT_FAILED;
    }
}

bool cli_spec_is_sound(const struct loaded_spec *loaded, enum severity least)
{
    for (unsigned int i = 0; i < loaded->findings.n_findings; i++) {
        if (loaded->findings.findings[i].severity >= least)
            return false;
    }
    return true;
}

const char *cli_counts_text(const struct findings *findings, char text[COUNTS_TEXT_MAX])
{
    static const enum severity order[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE};
    size_t used = 0;

    text[0] = '\0';
    for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
        unsigned int n = findings_count(findings, order[i]);

        if (n > 0)
            used +=
                (size_t)snprintf(text + used, COUNTS_TEXT_MAX - used, "%s%u %s%s", used ? ", " : "",
                                 n, severity_name(order[i]), n == 1 ? "" : "s");
    }
    return text[0] ? text : strcpy(text, "no findings");
}
