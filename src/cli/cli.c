/* SPDX-License-Identifier: Apache-2.0 */
/* What every command shares: options, messages, the end of stdout. */

#include "cli.h"

#include "text.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long wants two notations of what the table says once. Values from LONG_BASE are indexes in
 * the table. */
enum {
    LONG_BASE = 256,
    OPTIONS_MAX = 64,
};

static size_t count_options(const struct command *command)
{
    size_t n = 0;

    while (command->options[n].name)
        n++;
    return n;
}

static void build_tables(const struct command *command, bool stop_at_operand,
                         struct option long_options[OPTIONS_MAX + 2],
                         char short_options[2 * OPTIONS_MAX + 4])
{
    size_t n = count_options(command), i;
    char *s = short_options;

    if (stop_at_operand)
        *s++ = '+';
    for (i = 0; i < n && i < OPTIONS_MAX; i++) {
        const struct cli_option *o = &command->options[i];

        long_options[i] = (struct option){.name = o->name,
                                          .has_arg = o->argument ? required_argument : no_argument,
                                          .val = LONG_BASE + (int)i};
        if (o->short_name) {
            *s++ = o->short_name;
            if (o->argument)
                *s++ = ':';
        }
    }
    *s = '\0';
    long_options[i++] = (struct option){.name = "help", .val = LONG_BASE + OPTIONS_MAX};
    long_options[i] = (struct option){0};
}

const char *cli_verb(const struct command *command, const struct command *verb)
{
    return verb->name + strlen(command->name) + 1;
}

static void print_help(const struct command *command)
{
    bool question = command->summary[strlen(command->summary) - 1] == '?';

    printf("Usage: numaplace %s %s\n\n%s%s\n", command->name, command->synopsis, command->summary,
           question ? "" : ".");
    printf("\nOptions:\n");
    for (const struct cli_option *o = command->options; o->name; o++) {
        char left[64];

        if (!o->help)
            continue;
        (void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->short_name ? '-' : ' ',
                       o->short_name ? o->short_name : ' ', o->short_name ? "," : " ", o->name,
                       o->argument ? "=" : "", o->argument ? o->argument : "");
        printf("  %-30s %s\n", left, o->help);
    }
    printf("  %-30s %s\n", "    --help", "show this and exit");
    if (command->verbs)
        printf("\nVerbs:\n");
    for (const struct command *const *verb = command->verbs; verb && *verb; verb++)
        printf("  %-30s %s\n", cli_verb(command, *verb), (*verb)->summary);
    if (command->details)
        printf("\n%s", command->details);
}

int cli_next(struct cli_args *args)
{
    struct option long_options[OPTIONS_MAX + 2];
    char short_options[2 * OPTIONS_MAX + 4];
    int found;

    build_tables(args->command, args->stop_at_operand, long_options, short_options);
    found = getopt_long(args->argc, args->argv, short_options, long_options, NULL);
    args->value = optarg;
    args->next = optind;
    if (found == -1)
        return CLI_END;
    if (found == LONG_BASE + OPTIONS_MAX) {
        print_help(args->command);
        args->exit = EXIT_DONE;
        return CLI_STOP;
    }
    if (found == '?') {
        fprintf(stderr, "Try `numaplace %s --help`.\n", args->command->name);
        args->exit = EXIT_USAGE;
        return CLI_STOP;
    }
    if (found >= LONG_BASE)
        return found - LONG_BASE;
    for (int i = 0; args->command->options[i].name; i++) {
        if (args->command->options[i].short_name == found)
            return i;
    }
    abort(); /* getopt returned a letter that the table does not have */
}

static void put_formatted(const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        return;
    text_put(stderr, text);
    free(text);
}

void cli_message(const char *format, ...)
{
    va_list args;

    fputs("numaplace: ", stderr);
    va_start(args, format);
    put_formatted(format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_error(const struct np_error *err, int code)
{
    fputs("numaplace: ", stderr);
    if (err->file[0]) {
        text_put(stderr, err->file);
        fputc(':', stderr);
    }
    if (err->line)
        fprintf(stderr, "%u:%u:", err->line, err->column);
    if (err->file[0])
        fputc(' ', stderr);
    text_put(stderr, err->code ? err->text : strerror(-code));
    fputc('\n', stderr);
    if (err->code && err->hint[0]) {
        fputs("  ", stderr);
        text_put(stderr, err->hint);
        fputc('\n', stderr);
    }
}

int cli_usage(const struct command *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "numaplace %s: ", command->name);
    va_start(args, format);
    put_formatted(format, args);
    va_end(args);
    fprintf(stderr, "\nTry `numaplace %s --help`.\n", command->name);
    return EXIT_USAGE;
}

int cli_parse_pid(const char *text, pid_t *ret_pid, struct np_error *err)
{
    unsigned long pid;
    char *end;

    errno = 0;
    pid = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return error_set(err, -EINVAL, "\"%.64s\" is not a process id", text);
    if (errno != 0 || pid == 0 || pid > INT_MAX)
        return error_set(err, -EINVAL, "%.64s cannot be a process id", text);
    *ret_pid = (pid_t)pid;
    return 0;
}

int cli_print_json(json_t *json)
{
    int r = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : -1;

    json_decref(json);
    fputc('\n', stdout);
    return r < 0 && !ferror(stdout) ? -ENOMEM : 0; /* cli_finish tells what cannot be written */
}

int cli_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_message("cannot write the output: %s", strerror(errno));
    return EXIT_FAILED;
}

bool cli_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");

    return isatty(fileno(stream)) && !(no_colour && no_colour[0]);
}
