/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/machine.c - what runs need besides a program: made once, kept for many. */
#include "schema/rules/machine.h"

#include <stdlib.h>

#include "schema/rules/regex.h"

struct cel_machine *cel_machine_new(const struct cel_settings *settings, struct err *err)
{
    struct cel_machine *machine = calloc(1, sizeof(*machine));
    struct cel_regex_cache *regex = cel_regex_cache_new();
    if (machine == NULL || regex == NULL) {
        free(machine);
        cel_regex_cache_free(&regex);
        err_set(err, ERR_KIND_RETRY, ERR_NO_MEMORY, "out of memory for a machine that runs rules");
        return NULL;
    }
    machine->run.arena = (struct arena)ARENA_INIT;
    machine->run.settings = settings;
    machine->run.regex = regex;
    machine->clean = arena_mark(&machine->run.arena);
    return machine;
}

void cel_machine_free(struct cel_machine **taken)
{
    struct cel_machine *machine = *taken;
    *taken = NULL;
    if (machine != NULL) {
        arena_fini(&machine->run.arena);
        cel_regex_cache_free(&machine->run.regex);
        free(machine->frame);
        free(machine->walks);
        free(machine);
    }
}

void cel_machine_begin(struct cel_machine *machine, int64_t now_us, uint64_t cost_limit)
{
    int64_t seconds = now_us / 1000000;
    int64_t rest = now_us % 1000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    arena_rewind(&machine->run.arena, machine->clean);
    machine->run.cost_left = cost_limit;
    machine->run.bytes_left = CEL_BYTES_LIMIT;
    machine->run.now = cel_time(CEL_TIMESTAMP, seconds, (int32_t)rest * 1000);
}

struct cel_run *cel_machine_run(struct cel_machine *machine)
{
    return &machine->run;
}

static bool grow(void **items, uint32_t *cap, uint32_t wanted, size_t size)
{
    if (wanted <= *cap) {
        return true;
    }
    void *more = realloc(*items, wanted * size);
    if (more == NULL) {
        return false;
    }
    *items = more;
    *cap = wanted;
    return true;
}

bool cel_machine_ready(struct cel_machine *machine, const struct cel_program *program)
{
    void *frame = machine->frame;
    void *walks = machine->walks;
    bool ready = grow(&frame, &machine->slot_cap, program->slot_count, sizeof(*machine->frame)) &&
                 grow(&walks, &machine->walk_cap, program->walk_count, sizeof(*machine->walks));
    machine->frame = frame;
    machine->walks = walks;
    return ready;
}
