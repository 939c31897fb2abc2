/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and what is asked of the program itself. */

#include "commands.h"
#include "completion.h"

#include <stdbool.h>
#include <string.h>

static const struct command *const commands[] = {
    /* clang-format off */
    &command_topo,
    &command_check,
    &command_plan,
    &command_apply,
    &command_status,
    &command_verify,
    &command_rollback,
    &command_run,
    &command_snapshot,
    &command_convert,
    &command_ps,
    &command_pages,
    &command_irq,
    NULL, /* ends the table */
    /* clang-format on */
};

static void print_help(FILE *stream)
{
    fprintf(stream, "Usage: numaplace COMMAND [ARGUMENT]...\n\n"
                    "Says where everything should run on a NUMA machine, puts it there, proves "
                    "that it is there,\n"
                    "and puts it back.\n\n"
                    "Commands:\n");
    for (const struct command *const *c = commands; *c; c++)
        fprintf(stream, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(stream, "\n`numaplace COMMAND --help` tells more; so does numaplace(1).\n");
}

static const struct command *find_command(const char *name)
{
    for (const struct command *const *c = commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
    }
    return NULL;
}

/* Not in --help: what is installed was made with it. */
static int print_completion(const char *shell)
{
    if (!shell || strcmp(shell, "bash") != 0) {
        cli_message("--completion is there for bash");
        return EXIT_USAGE;
    }
    completion_bash(commands);
    return cli_finish(EXIT_DONE);
}

int main(int argc, char **argv)
{
    const struct command *command;
    char name[32];

    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return cli_finish(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("numaplace %s\n", NUMAPLACE_VERSION);
        return cli_finish(EXIT_DONE);
    }
    if (strcmp(argv[1], "--completion") == 0)
        return print_completion(argv[2]);
    command = find_command(argv[1]);
    if (!command) {
        cli_message("there is no command \"%s\"; `numaplace --help` lists them", argv[1]);
        return EXIT_USAGE;
    }
    (void)snprintf(name, sizeof(name), "numaplace %s", command->name);
    argv[1] = name; /* getopt begins its messages with it */
    return cli_finish(command->run(argc - 1, argv + 1));
}
