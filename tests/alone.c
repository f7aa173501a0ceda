/* SPDX-License-Identifier: Apache-2.0
 * tests/alone.c - linked into every test program: a caller's variables do not reach the test, however
 * it is started. The tests' own, NRC_TEST_…, and NRC_DOCS_WRITE do. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static bool is_callers(const char *variable)
{
    return strncmp(variable, "PG", 2) == 0 ||
           (strncmp(variable, "NRC_", 4) == 0 && strncmp(variable, "NRC_TEST_", 9) != 0 &&
            strncmp(variable, "NRC_DOCS_WRITE=", 15) != 0);
}

__attribute__((constructor)) static void forget_the_callers_variables(void)
{
    for (char **variable = environ; variable != NULL && *variable != NULL;) {
        if (!is_callers(*variable)) {
            variable++;
            continue;
        }
        char *name = strndup(*variable, strcspn(*variable, "="));
        if (name == NULL || unsetenv(name) != 0) {
            abort();
        }
        free(name);
        variable = environ; /* what follows has moved */
    }
}
