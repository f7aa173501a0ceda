/* SPDX-License-Identifier: Apache-2.0
 * base/failpoint.c - arming from the environment, once, at the first passing. */
#include "base/failpoint.h"

#include <stddef.h>

static const char *const names[FAILPOINT_COUNT] = {
#define X(name, token, where) [name] = token,
    FAILPOINT_TABLE(X)
#undef X
};

const char *failpoint_name(enum failpoint fp)
{
    return names[fp];
}

#ifdef NRC_FAILPOINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum action { ACTION_NONE, ACTION_KILL, ACTION_FAIL, ACTION_STOP };

static pthread_once_t armed_once = PTHREAD_ONCE_INIT;
static enum failpoint armed_point = FAILPOINT_COUNT;
static enum action armed_action = ACTION_NONE;
static atomic_long passings_left;

static enum action parse_action(const char *text)
{
    if (strcmp(text, "kill") == 0) {
        return ACTION_KILL;
    }
    if (strcmp(text, "fail") == 0) {
        return ACTION_FAIL;
    }
    return strcmp(text, "stop") == 0 ? ACTION_STOP : ACTION_NONE;
}

static void arm(void)
{
    const char *spec = getenv("NRC_FAILPOINT");
    char name[64];
    char action[16];
    long nth = 1;
    if (spec == NULL || *spec == '\0') {
        return;
    }
    int fields = sscanf(spec, "%63[^:]:%15[^:]:%ld", name, action, &nth); // NOLINT(cert-err34-c)
    armed_action = fields >= 2 ? parse_action(action) : ACTION_NONE;
    for (int i = 0; i < FAILPOINT_COUNT; i++) {
        if (fields >= 2 && strcmp(name, names[i]) == 0) {
            armed_point = (enum failpoint)i;
        }
    }
    if (armed_point == FAILPOINT_COUNT || armed_action == ACTION_NONE || nth < 1) {
        fprintf(stderr, "NRC_FAILPOINT=%s: no such failpoint or action\n", spec);
        abort();
    }
    atomic_store(&passings_left, nth);
}

bool failpoint_hit(enum failpoint fp)
{
    pthread_once(&armed_once, arm);
    if (fp != armed_point || atomic_fetch_sub(&passings_left, 1) != 1) {
        return false;
    }
    if (armed_action == ACTION_KILL) {
        raise(SIGKILL);
    }
    if (armed_action == ACTION_STOP) {
        raise(SIGSTOP);
    }
    return armed_action == ACTION_FAIL;
}

#endif
