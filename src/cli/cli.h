/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * The command line. A command is one cmd-<verb>.c that exports one const struct command, and one
 * row in main.c's table. --help and the shell completion are generated from its options.
 */

#include "error.h"
#include "machine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Published; see numaplace(1), EXIT STATUS. */
enum exit_status {
    EXIT_DONE = 0,   /* done and true */
    EXIT_FAILED = 1, /* failed, nothing changed */
    EXIT_USAGE = 2,
    EXIT_INVALID = 3, /* the spec or the topology is invalid */
    EXIT_NO_PLACEMENT = 4,
    EXIT_PARTLY = 5,  /* partly applied (rolled back unless told otherwise) */
    EXIT_DRIFTED = 6, /* drifted, or verification failed */
    EXIT_CANNOT_EXECUTE = 126,
    EXIT_NOT_FOUND = 127,
};

struct cli_option {
    const char *name;     /* long name without dashes */
    char short_name;      /* 0 when there is none */
    const char *argument; /* "SOURCE"; NULL when it takes none */
    const char *help;     /* one line; NULL: an alias that --help does not show */
};

struct command {
    const char *name;
    const char *synopsis; /* what follows the name: "[OPTION]... SPEC" */
    const char *summary;  /* one line for the list of commands */
    const char *details;  /* paragraphs for its --help after the options; may be NULL */
    const char *words;    /* what operands may be, for completion; NULL files and such */
    const struct cli_option *options; /* ends with a row whose name is NULL; --help is added */
    /* Ends with NULL; NULL: it has none. A verb is a command whose name begins with this one's. */
    const struct command *const *verbs;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns enum exit_status */
};

/* A walk through argv by the options of a command. */
struct cli_args {
    const struct command *command;
    int argc;
    char **argv;
    bool stop_at_operand; /* what follows the first operand is the operand's own, as in `run` */
    int next;          /* index in argv of what is looked at next; the first operand at CLI_END */
    const char *value; /* the argument of the option just returned */
    int exit;          /* exit status to leave with at CLI_STOP */
};

enum {
    CLI_END = -1,  /* no more options: operands are argv[args.next] to argv[argc - 1] */
    CLI_STOP = -2, /* --help was printed, or a message about wrong usage: return args.exit */
};

/* The index in command->options of the next option, CLI_END or CLI_STOP. Long options are written
 * "--name=VALUE" or "--name VALUE" and may be shortened as long as they stay unique; short ones are
 * written "-xVALUE" or "-x VALUE"; "--" ends them. Unless stop_at_operand is set, options may
 * follow operands, which are moved behind them. */
int cli_next(struct cli_args *args);

/* The word for a verb of command: "show" of "irq show". */
const char *cli_verb(const struct command *command, const struct command *verb);

/* Messages go to stderr as "numaplace: file:line:column: text" and an indented hint. */
void cli_error(const struct np_error *err, int code);
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints "numaplace CMD: text" and where help is; returns EXIT_USAGE. */
int cli_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A process id as people write it. -EINVAL with a message. */
int cli_parse_pid(const char *text, pid_t *ret_pid, struct np_error *err);

/* Prints to stdout, indented, keys in the order of insertion. Takes over json (NULL: out of
 * memory). */
int cli_print_json(json_t *json);
/* Flushes stdout; a full disk or a closed pipe is an error with a message: returns status or
 * EXIT_FAILED. */
int cli_finish(int status);

/* Colour only on a terminal and never with NO_COLOR. */
bool cli_colour(FILE *stream);

#endif
