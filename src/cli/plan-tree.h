/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_TREE_H
#define CLI_PLAN_TREE_H

/* The device tree that was planned for, with what was chosen filled in. */

#include "cli-spec.h"
#include "plan.h"

/* Only a text that one author wrote can be completed: else -EINVAL with a message. */
int plan_tree_check(const struct spec_request *request, const struct spec *spec,
                    struct np_error *err);

/* To stdout. 0, or a negative errno with a message. */
int plan_tree_print(const struct loaded_spec *loaded, const struct plan *plan,
                    struct np_error *err);

#endif
