/* SPDX-License-Identifier: Apache-2.0
 * base/attr.h - names for compiler attributes. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define LIKELY(x)         __builtin_expect(!!(x), 1)
#define UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE     static inline __attribute__((always_inline))
#define COUNT_OF(a)       (sizeof(a) / sizeof((a)[0]))

#endif
