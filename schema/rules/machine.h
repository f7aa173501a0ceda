/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/machine.h - the body of a machine (schema/rules/cel.h): for evaluate.c, machine.c and shortcut_run.c. */
#ifndef SCHEMA_RULES_MACHINE_H
#define SCHEMA_RULES_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/rules/program.h"

struct cel_machine {
    struct cel_run run;
    struct arena_mark clean;
    struct cel_value *frame;
    struct cel_walk *walks;
    uint32_t slot_cap;
    uint32_t walk_cap;
};

/* Runs the operations; who calls has paid for the straight way through them. */
void cel_interpret(struct cel_machine *machine, const struct cel_program *program,
                   const struct cel_value *variables, struct cel_value *result);

/* Makes room for what the program needs; false: no memory. After the first event it only looks. */
bool cel_machine_ready(struct cel_machine *machine, const struct cel_program *program);

#endif
