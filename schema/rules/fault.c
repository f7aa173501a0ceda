/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/fault.c - where in a rule something is wrong. */
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "schema/rules/ast.h"

int cel_fault(const struct cel_ast *ast, uint32_t pos, struct err *err, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES];
    uint32_t line = 1;
    uint32_t column = 1;
    for (uint32_t i = 0; i < pos && i < ast->text_len; i++) {
        if (ast->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((uint8_t)ast->text[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    utf8_mend(text);
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_RULE, "line %u, column %u: %s", line, column, text);
}
