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

void completion_bash(const struct command *const *commands)
{
    printf("# bash completion for numaplace, made by `numaplace --completion bash`\n"
           "_numaplace() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} options= words=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
           "        COMPREPLY=($(compgen -W '");
    for (const struct command *const *c = commands; *c; c++)
        printf("%s ", (*c)->name);
    printf("--help --version' -- \"$current\"))\n"
           "        return\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (const struct command *const *c = commands; *c; c++) {
        printf("    %s) options='", (*c)->name);
        print_options(*c);
        printf("' words='%s' ;;\n", (*c)->words ? (*c)->words : "");
    }
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
