/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/functions.h - what files with functions include: the declarations of all that the tables name. */
#ifndef SCHEMA_RULES_FUNCTIONS_H
#define SCHEMA_RULES_FUNCTIONS_H

#include "schema/rules/bind.h"
#include "schema/rules/function.h"
#include "schema/rules/functions_extension.h"
#include "schema/rules/functions_math.h"
#include "schema/rules/functions_operators.h"
#include "schema/rules/functions_standard.h"
#include "schema/rules/run.h"

#define X(name, args, result, receiver, function) cel_function function;
CEL_OPERATORS(X)
CEL_STANDARD_FUNCTIONS(X)
CEL_MATH_FUNCTIONS(X)
CEL_EXTENSION_FUNCTIONS(X)
#undef X

#endif
