/* SPDX-License-Identifier: Apache-2.0
 * base/metric_process.c - what Prometheus' own clients tell of a process, by the same names. Source: proc(5). */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"

enum { START_FIELD = 22 }; /* of /proc/self/stat, from 1 */

/* The first line; "": it cannot be read. */
static void read_line(const char *path, char *line, int size)
{
    FILE *file = fopen(path, "re");
    line[0] = '\0';
    if (file != NULL) {
        if (fgets(line, size, file) == NULL) {
            line[0] = '\0';
        }
        fclose(file);
    }
}

static double number_at(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    return end != text ? number : NAN;
}

/* Ticks since the machine started. The program's name, in parentheses, may hold anything. */
static double started_ticks(void)
{
    char line[1024];
    read_line("/proc/self/stat", line, sizeof(line));
    const char *at = strrchr(line, ')');
    for (int field = 2; at != NULL && field < START_FIELD; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? number_at(at) : NAN;
}

static double started_s(void)
{
    struct timespec up;
    if (clock_gettime(CLOCK_BOOTTIME, &up) != 0) {
        return NAN;
    }
    double booted_s = (double)clock_wall_us() / 1e6 - (double)up.tv_sec - (double)up.tv_nsec / 1e9;
    return booted_s + started_ticks() / (double)sysconf(_SC_CLK_TCK);
}

static double resident_bytes(void)
{
    char line[256];
    read_line("/proc/self/statm", line, sizeof(line));
    const char *pages = strchr(line, ' '); /* behind the size */
    return pages != NULL ? number_at(pages) * (double)sysconf(_SC_PAGESIZE) : NAN;
}

static double open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) {
        return NAN;
    }
    double count = -1; /* the folder's own */
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static double most_files(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
               ? (double)limit.rlim_cur
               : NAN;
}

void metric_put_process(struct metric_out *out)
{
    metric_put_real(out, METRIC_STARTED, NULL, started_s());
    metric_put_real(out, METRIC_CPU, NULL, (double)clock_cpu_us() / 1e6);
    metric_put_real(out, METRIC_MEMORY, NULL, resident_bytes());
    metric_put_real(out, METRIC_FILES, NULL, open_files());
    metric_put_real(out, METRIC_FILES_MOST, NULL, most_files());
}
