/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace convert: the same wishes in another format, and what that has no words for. */

#include "cli-spec.h"
#include "commands.h"

#include "file-replace.h"
#include "machine-devicetree.h"
#include "spec-convert.h"

#include <libgen.h>
#include <string.h>

enum { OPTION_TO, OPTION_FROM, OPTION_OVERLAY, OPTION_STRICT, OPTION_OUT };

static const struct cli_option options[] = {
    [OPTION_TO] = {"to", 't', "FORMAT", "yaml, dts or dtb; else by the suffix of --out"},
    [OPTION_FROM] = {"from", 'f', "SOURCE", "into a tree: put this machine's hardware, too"},
    [OPTION_OVERLAY] = CLI_OPTION_OVERLAY,
    [OPTION_STRICT] = {"strict", 0, NULL, "write nothing if anything would be lost"},
    [OPTION_OUT] = {"out", 'o', "FILE", "write this file instead of the standard output"},
    {0},
};

enum format { FORMAT_UNKNOWN, FORMAT_YAML, FORMAT_DTS, FORMAT_DTB };

struct convert_arguments {
    const char *path;
    char **overlays;
    const char *from;
    const char *out;
    enum format to;
    bool strict;
};

struct conversion {
    struct losses losses;
    char *text;
    size_t size;
};

static void conversion_fini(struct conversion *conversion)
{
    losses_fini(&conversion->losses);
    free(conversion->text);
}

static enum format format_of_name(const char *name)
{
    static const struct {
        const char *name;
        enum format format;
    } formats[] = {{"yaml", FORMAT_YAML}, {"yml", FORMAT_YAML}, {"dts", FORMAT_DTS},
                   {"dtsi", FORMAT_DTS},  {"dtb", FORMAT_DTB},  {"dtbo", FORMAT_DTB}};

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].format;
    }
    return FORMAT_UNKNOWN;
}

static enum format format_of_file(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;

    return dot ? format_of_name(dot + 1) : FORMAT_UNKNOWN;
}

static int print_tree(const struct dt *dt, enum format to, struct conversion *conversion,
                      struct np_error *err)
{
    FILE *stream;
    int r;

    if (to == FORMAT_DTB)
        return dt_write_blob(dt, &conversion->text, &conversion->size, err);
    stream = open_memstream(&conversion->text, &conversion->size);
    if (!stream)
        return -ENOMEM;
    r = dt_write_text(dt, stream);
    if (fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    return r;
}

/* Between the two forms of a tree alone nothing is lost: that does not go through a spec. */
static int tree_to_tree(const struct convert_arguments *arguments, const struct spec *spec,
                        struct conversion *conversion, struct np_error *err)
{
    autodt struct dt *dt = NULL;
    int r = dt_load(arguments->path, &dt, err);

    if (r == 0 && arguments->to == FORMAT_DTS)
        r = spec_type_blob(dt);
    if (r == 0 && arguments->to == FORMAT_DTB)
        r = spec_define_references(spec, dt);
    if (r == 0 && arguments->to == FORMAT_DTB)
        r = spec_widen_lists(dt);
    return r == 0 ? print_tree(dt, arguments->to, conversion, err) : r;
}

/* The machine that the tree begins with: the one that was asked for, or the tree's own.
 * *ret_machine is NULL without either. */
static int load_hardware(const struct convert_arguments *arguments, const struct spec *spec,
                         struct machine **ret_machine, struct np_error *err)
{
    if (arguments->from)
        return machine_load(arguments->from, MACHINE_ALL, ret_machine, err);
    if (cli_describes_machine(spec))
        return machine_from_devicetree(spec->trees[0], MACHINE_ALL, ret_machine, err);
    *ret_machine = NULL;
    return 0;
}

static int spec_to_tree(const struct convert_arguments *arguments, struct spec *spec,
                        struct conversion *conversion, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    autodt struct dt *dt = NULL;
    int r = load_hardware(arguments, spec, &machine, err);

    if (r == 0)
        r = machine ? machine_to_devicetree(machine, &dt) : dt_new(spec->file, &dt);
    if (r == 0 && machine)
        r = spec_settle(spec, machine, err);
    if (r == 0)
        r = spec_to_devicetree(spec, dt, &conversion->losses);
    return r == 0 ? print_tree(dt, arguments->to, conversion, err) : r;
}

/* How a placement file that goes to out calls the tree, which is looked for beside that file. */
static int name_machine(const char *tree, const char *out, char **ret_name)
{
    autofree char *tree_path = realpath(tree, NULL);
    autofree char *folder = out ? strdup(out) : NULL;
    autofree char *folder_path = folder ? realpath(dirname(folder), NULL) : NULL;
    size_t n = folder_path ? strlen(folder_path) : 0;

    if (!out)
        *ret_name = strdup(tree);
    else if (!tree_path || !folder_path)
        return -errno;
    else if (strncmp(tree_path, folder_path, n) == 0 && tree_path[n] == '/' &&
             !strchr(tree_path + n + 1, '/'))
        *ret_name = strdup(tree_path + n + 1);
    else
        *ret_name = strdup(tree_path);
    return *ret_name ? 0 : -ENOMEM;
}

/* A tree's hardware has no place in a placement file, which names the tree instead. */
static int refer_to_tree(const struct convert_arguments *arguments, struct spec *spec,
                         struct np_error *err)
{
    char *name = NULL;
    int r;

    if (!cli_describes_machine(spec))
        return 0;
    r = name_machine(arguments->path, arguments->out, &name);
    if (r < 0)
        return error_set(err, r, "cannot find the folder of \"%.200s\": %s", arguments->out,
                         strerror(-r));
    free(spec->machine);
    spec->machine = name;
    return 0;
}

/* The tree that is named is the base alone: what lies over its hardware is not there. */
static int lose_overlaid(const struct convert_arguments *arguments, const struct spec *spec,
                         struct losses *losses, struct np_error *err)
{
    automachine struct machine *whole = NULL, *base = NULL;
    CLEANUP(findings_fini) struct findings differences = {0};
    struct np_error no_machine = {0};
    int r;

    if (!arguments->overlays || !cli_describes_machine(spec))
        return 0;
    r = machine_from_devicetree(spec->trees[0], MACHINE_ALL, &whole, err);
    if (r == 0 && machine_load(arguments->path, MACHINE_ALL, &base, &no_machine) == 0)
        r = check_machines(whole, base, &differences);
    if (r < 0 || (base && differences.n_findings == 0))
        return r;
    return losses_add(losses, "host", (struct mark){0}, strdup("the hardware that overlays say"),
                      "a placement file names one tree: convert to dts first, and name that");
}

static int spec_to_file(const struct convert_arguments *arguments, struct spec *spec,
                        struct conversion *conversion, struct np_error *err)
{
    int r;

    if (spec->n_instances == 0) {
        r = error_set(err, -EINVAL, "there are no instances, so nothing for a placement file");
        error_hint(err, "name the tree in one, as in \"machine: %.200s\"", spec->file);
        return r;
    }
    r = lose_overlaid(arguments, spec, &conversion->losses, err);
    if (r == 0)
        r = refer_to_tree(arguments, spec, err);
    if (r == 0)
        r = spec_to_yaml(spec, &conversion->text, &conversion->losses);
    conversion->size = r == 0 ? strlen(conversion->text) : 0;
    return r;
}

static int convert(const struct convert_arguments *arguments, struct spec *spec,
                   struct conversion *conversion, struct np_error *err)
{
    if (arguments->to == FORMAT_YAML)
        return spec_to_file(arguments, spec, conversion, err);
    if (spec->format == SPEC_DEVICE_TREE && !arguments->from && !arguments->overlays)
        return tree_to_tree(arguments, spec, conversion, err);
    return spec_to_tree(arguments, spec, conversion, err);
}

/* One a line, each where it stands in the file. */
static void tell_losses(const struct spec *spec, const struct losses *losses)
{
    for (unsigned int i = 0; i < losses->n; i++) {
        const struct loss *loss = &losses->losses[i];
        const char *file = mark_file(loss->at, spec->file);

        if (loss->at.line > 0)
            cli_message("%s:%u:%u: warning: %s: lost: %s: %s", file, loss->at.line, loss->at.column,
                        loss->subject, loss->what, loss->why);
        else
            cli_message("%s: warning: %s: lost: %s: %s", file, loss->subject, loss->what,
                        loss->why);
    }
}

static int put_out(const struct convert_arguments *arguments, const struct conversion *conversion)
{
    struct np_error err = {0};
    int r;

    if (!arguments->out || strcmp(arguments->out, "-") == 0) {
        (void)fwrite(conversion->text, 1, conversion->size, stdout); /* cli_finish tells */
        return EXIT_DONE;
    }
    r = file_replace(arguments->out, conversion->text, conversion->size, &err);
    if (r < 0)
        cli_error(&err, r);
    return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run(const struct convert_arguments *arguments)
{
    __attribute__((cleanup(conversion_fini))) struct conversion conversion = {0};
    autospec struct spec *spec = NULL;
    struct np_error err = {0};
    int r = spec_load_overlaid(arguments->path, arguments->overlays, &spec, &err);

    if (r == 0)
        r = convert(arguments, spec, &conversion, &err);
    if (r < 0) {
        cli_error(&err, r);
        return cli_spec_exit(r);
    }
    tell_losses(spec, &conversion.losses);
    if (arguments->strict && conversion.losses.n > 0) {
        cli_message("%u lost: nothing is written", conversion.losses.n);
        return EXIT_INVALID;
    }
    return put_out(arguments, &conversion);
}

/* What a command line without a format gets is the other format. */
static int choose_format(struct convert_arguments *arguments, const char *to)
{
    arguments->to = to ? format_of_name(to) : format_of_file(arguments->out);
    if (arguments->to == FORMAT_UNKNOWN && to)
        return cli_usage(&command_convert, "\"%.64s\" is no format: yaml, dts and dtb are", to);
    if (arguments->to == FORMAT_UNKNOWN && arguments->out)
        return cli_usage(&command_convert, "the name of \"%.200s\" tells no format: say --to",
                         arguments->out);
    if (arguments->to == FORMAT_UNKNOWN)
        arguments->to = dt_is_tree(arguments->path) ? FORMAT_YAML : FORMAT_DTS;
    if (arguments->to == FORMAT_YAML && arguments->from)
        return cli_usage(&command_convert, "--from puts a machine into a tree, not into YAML");
    if (arguments->to == FORMAT_DTB && !arguments->out && isatty(STDOUT_FILENO))
        return cli_usage(&command_convert, "a blob is not for a terminal: say --out FILE");
    return EXIT_DONE;
}

static int run_convert(int argc, char **argv)
{
    struct cli_args args = {.command = &command_convert, .argc = argc, .argv = argv};
    struct convert_arguments arguments = {0};
    autofree char **overlays = NULL;
    const char *to = NULL;
    int option, r;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_TO:
            to = args.value;
            break;
        case OPTION_FROM:
            arguments.from = args.value;
            break;
        case OPTION_OVERLAY:
            if (cli_add_overlay(&overlays, args.value) < 0)
                return EXIT_FAILED;
            break;
        case OPTION_STRICT:
            arguments.strict = true;
            break;
        case OPTION_OUT:
            arguments.out = args.value;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next != 1)
        return cli_usage(&command_convert, "one placement file or device tree is wanted");
    arguments.path = argv[args.next];
    arguments.overlays = overlays;
    r = choose_format(&arguments, to);
    return r == EXIT_DONE ? run(&arguments) : r;
}

const struct command command_convert = {
    .name = "convert",
    .synopsis = "[OPTION]... FILE",
    .summary = "a placement file as a device tree, or the other way round",
    .details = "FILE is a placement file (numaplace-spec(5)) or a device tree of Kerf's "
               "(numaplace-dts(5)).\nWhat the other format has no words for is a warning each.\n"
               "Exit status: 0 written, 3 FILE is not understood, or would lose something with "
               "--strict.\n",
    .options = options,
    .run = run_convert,
};
