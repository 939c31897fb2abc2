/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for bash. Options that want an argument end with "=", after which files are offered,
 * as they are where a command does not say which words it takes.
 */

#include "completion.h"

static void print_options(const struct command *command)
{
    for (const struct cli_option *o = command->options; o->name; o++) {
        if (o->help)
            printf("--%s%s ", o->name, o->argument ? "=" : "");
    }
    printf("--help");
}

/* Names of commands, or of the verbs of one. */
static void print_names(const struct command *const *commands, const struct command *of)
{
    for (const struct command *const *c = commands; *c; c++)
        printf("%s ", of ? cli_verb(of, *c) : (*c)->name);
}

/* A row of the case by command and second word: "topo:", "irq:show". */
static void print_row(const char *pattern, const char *verb, const struct command *command)
{
    printf("    %s:%s) options='", pattern, verb);
    print_options(command);
    printf("' words='");
    if (command->verbs)
        print_names(command->verbs, command);
    else if (command->words)
        printf("%s", command->words);
    printf("' ;;\n");
}

static void print_rows(const struct command *command)
{
    for (const struct command *const *verb = command->verbs; verb && *verb; verb++)
        print_row(command->name, cli_verb(command, *verb), *verb);
    print_row(command->name, "*", command);
}

void completion_bash(const struct command *const *commands)
{
    printf("# bash completion for numaplace, made by `numaplace --completion bash`\n"
           "_numaplace() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} options= words=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
           "        COMPREPLY=($(compgen -W '");
    print_names(commands, NULL);
    printf("--help --version' -- \"$current\"))\n"
           "        return\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]}:${COMP_WORDS[2]} in\n");
    for (const struct command *const *c = commands; *c; c++)
        print_rows(*c);
    printf("    esac\n"
           "    if [[ $current == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
           "        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
           "    elif [ \"$COMP_CWORD\" = 2 ]; then\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "    fi\n"
           "}\n"
           "complete -o default -F _numaplace numaplace\n");
}
