/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq export: files that place a device's interrupts at each boot. */

#include "cli-irq-plan.h"
#include "file-replace.h"
#include "housekeeping.h"
#include "irq-export.h"
#include "irq-verbs.h"
#include "json-util.h"

#include <string.h>
#include <sys/stat.h>

enum { OPTION_FROM = IRQ_OPTION_COUNT, OPTION_FORMAT, OPTION_OUTPUT };

static const struct cli_option options[] = {
    IRQ_OPTION_ROWS,
    [OPTION_FROM] = CLI_OPTION_FROM,
    [OPTION_FORMAT] = {"format", 0, "WHAT", "systemd, udev or irqbalance-policy"},
    [OPTION_OUTPUT] = {"output", 'o', "DIR", "write them below this directory; / installs them"},
    {0},
};

struct export_arguments {
    const char *device;
    struct irq_options options;
    int format; /* enum irq_export_format; -1 not said */
    const char *output;
};

static int fail(const struct np_error *err, int code, int status)
{
    cli_error(err, code);
    return status;
}

/* CPUs that --keep leaves free, and those that irqbalance leaves free unless it is told others. */
static int choose_banned(const struct export_arguments *arguments, const struct irq_work *work,
                         hwloc_bitmap_t banned)
{
    autoirqwork struct irq_work all = {0};
    autoset hwloc_bitmap_t housekeeping = NULL;
    struct irq_options without = arguments->options;
    int status, r = 0;

    without.keep = 0;
    if (arguments->options.keep == 0)
        return EXIT_DONE;
    status = cli_irq_plan(arguments->device, &without, &all);
    if (status != EXIT_DONE)
        return status;
    r = housekeeping_cpus(work->view.root, &housekeeping);
    for (unsigned int i = 0; r == 0 && i < work->view.machine->n_cpus; i++) {
        const struct cpu *cpu = &work->view.machine->cpus[i];
        bool kept = hwloc_bitmap_isset(all.plan->cpus, cpu->id) &&
                    !hwloc_bitmap_isset(work->plan->cpus, cpu->id);

        if ((kept || cpu->isolated || !hwloc_bitmap_isset(housekeeping, cpu->id)) &&
            hwloc_bitmap_set(banned, cpu->id) < 0)
            r = -ENOMEM;
    }
    return r < 0 ? fail(&(struct np_error){0}, r, EXIT_FAILED) : EXIT_DONE;
}

/* The directories of a file's path below directory; that one has to be there. */
static int make_directories(char *path, size_t below, struct np_error *err)
{
    for (char *slash = strchr(path + below, '/'); slash; slash = strchr(slash + 1, '/')) {
        int r = 0;

        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST) {
            r = -errno;
            error_set(err, r, "cannot create %s: %s", path, strerror(-r));
            error_hint(err, r == -ENOENT ? "the directory of --output must be there already"
                                         : "name a directory that you may write to with --output");
        }
        *slash = '/';
        if (r < 0)
            return r;
    }
    return 0;
}

static int write_file(const char *directory, const struct export_file *file, struct np_error *err)
{
    autofree char *path = NULL;
    int r;

    if (asprintf(&path, "%s/%s", directory, file->path) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    r = make_directories(path, strlen(directory) + 1, err);
    if (r == 0)
        r = file_replace(path, file->text, strlen(file->text), err);
    if (r == 0 && chmod(path, file->executable ? 0755 : 0644) < 0) {
        r = -errno;
        error_set(err, r, "cannot make %s executable: %s", path, strerror(-r));
    }
    return r;
}

static int write_files(const char *directory, const struct irq_export *files)
{
    struct np_error err = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < files->n_files; i++)
        r = write_file(directory, &files->files[i], &err);
    return r < 0 ? fail(&err, r, EXIT_FAILED) : EXIT_DONE;
}

static void print_files(const char *directory, const struct irq_export *files)
{
    for (unsigned int i = 0; i < files->n_files; i++) {
        const struct export_file *file = &files->files[i];

        if (directory)
            printf("%s%s%s\n", directory, directory[strlen(directory) - 1] == '/' ? "" : "/",
                   file->path);
        else
            printf("%s==> /%s <==\n%s", i > 0 ? "\n" : "", file->path, file->text);
    }
    if (directory)
        printf("then, where they are in their places:\n%s", files->next);
}

static json_t *json_files(const struct irq_export *files)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < files->n_files; i++) {
        const struct export_file *file = &files->files[i];

        array = json_append(array, json_pack("{s:s+, s:b, s:s}", "path", "/", file->path,
                                             "executable", file->executable, "text", file->text));
    }
    return array;
}

/* What these files do not do. */
static void warn_of_irqbalance(const struct export_arguments *arguments,
                               const struct machine *machine)
{
    if (arguments->format != IRQ_EXPORT_IRQBALANCE_POLICY && machine->settings.irqbalance == 1)
        cli_message("note: irqbalance runs on this machine and moves them again: export "
                    "--format=irqbalance-policy, too");
}

static int export(const struct export_arguments *arguments)
{
    autoirqwork struct irq_work work = {0};
    autoset hwloc_bitmap_t banned = hwloc_bitmap_alloc();
    struct irq_export files = {0};
    struct irq_export_request request = {.format = (enum irq_export_format)arguments->format,
                                         .banned = banned};
    struct np_error err = {0};
    int status = cli_irq_plan(arguments->device, &arguments->options, &work), r;

    if (status == EXIT_DONE && banned)
        status = choose_banned(arguments, &work, banned);
    if (status != EXIT_DONE)
        return status;
    request.plan = work.plan;
    request.interrupts = work.view.interrupts;
    r = banned ? irq_export_make(&request, &files, &err) : -ENOMEM;
    if (r < 0)
        return fail(&err, r, EXIT_FAILED);
    warn_of_irqbalance(arguments, work.view.machine);
    if (arguments->output)
        status = write_files(arguments->output, &files);
    if (status == EXIT_DONE && !arguments->options.json)
        print_files(arguments->output, &files);
    else if (status == EXIT_DONE)
        r = cli_print_json(json_pack("{s:s, s:o, s:s}", "device", work.plan->device, "files",
                                     json_files(&files), "next", files.next));
    irq_export_fini(&files);
    return r < 0 ? EXIT_FAILED : status;
}

static int take_option(struct export_arguments *arguments, int option, const char *value)
{
    switch (option) {
    case OPTION_FROM:
        arguments->options.from = value;
        return EXIT_DONE;
    case OPTION_FORMAT:
        arguments->format = irq_export_format_from_name(value);
        return arguments->format >= 0
                   ? EXIT_DONE
                   : cli_usage(&command_irq_export,
                               "--format=%s: systemd, udev or irqbalance-policy is wanted", value);
    case OPTION_OUTPUT:
        arguments->output = value;
        return value[0] ? EXIT_DONE : cli_usage(&command_irq_export, "--output wants a directory");
    default:
        return irq_options_take(&command_irq_export, option, value, &arguments->options);
    }
}

static int run_irq_export(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq_export, .argc = argc, .argv = argv};
    struct export_arguments arguments = {.options = IRQ_OPTIONS_DEFAULT, .format = -1};
    int option, status = EXIT_DONE;

    while (status == EXIT_DONE && (option = cli_next(&args)) >= 0)
        status = take_option(&arguments, option, args.value);
    if (status == EXIT_DONE && option == CLI_STOP)
        return args.exit;
    if (status == EXIT_DONE)
        status = irq_options_check(&command_irq_export, &arguments.options);
    if (status != EXIT_DONE)
        return status;
    if (arguments.format < 0)
        return cli_usage(&command_irq_export, "--format is wanted: systemd, udev or "
                                              "irqbalance-policy");
    if (args.next + 1 != argc)
        return cli_usage(&command_irq_export, "one network device must be named");
    arguments.device = argv[args.next];
    return export(&arguments);
}

const struct command command_irq_export = {
    .name = "irq export",
    .synopsis = "--format=WHAT [OPTION]... DEVICE",
    .summary = "files that place the interrupts of a device at each boot",
    .details = "systemd and udev place them as `numaplace irq plan` says with the same options, on "
               "a machine that\nneeds no numaplace; irqbalance-policy keeps irqbalance from moving "
               "them. Without --output\nthey are printed.\n"
               "Exit status: 0 done; 1 a file could not be written, or there is nothing to write; "
               "4 no CPU is "
               "left for\ninterrupts.\n",
    .options = options,
    .run = run_irq_export,
};
