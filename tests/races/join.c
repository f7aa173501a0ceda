/* SPDX-License-Identifier: Apache-2.0
 * tests/races/join.c - pthread_clockjoin_np, for the preset tsan.
 *
 * GCC 12's ThreadSanitizer does not know this function, by which ingest/source.c ends a Kafka client.
 * It would take the joined thread for a living one, and end the process when the system gives its
 * id to another. It knows pthread_timedjoin_np. */
#include <pthread.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock,
                         const struct timespec *until)
{
    struct timespec now;
    struct timespec at;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += until->tv_sec - now.tv_sec;
    at.tv_nsec += until->tv_nsec - now.tv_nsec;
    if (at.tv_nsec < 0) {
        at.tv_sec -= 1;
        at.tv_nsec += NS_PER_S;
    } else if (at.tv_nsec >= NS_PER_S) {
        at.tv_sec += 1;
        at.tv_nsec -= NS_PER_S;
    }
    return pthread_timedjoin_np(thread, result, &at);
}
