/* SPDX-License-Identifier: Apache-2.0
 * ingest/kafka/probe.c - see the header. How one offset is judged: ingest/kafka/reader.h. */
#include "ingest/kafka/probe.h"

#include <stdio.h>

#include "ingest/kafka/log_ends.h"
#include "ingest/kafka/reader.h"

enum {
    ASK_MS = 3000,    /* for the log's ends */
    SILENT_MS = 5000, /* silence of this length is an unreadable batch */
    HASTY_MS = 700,   /* the same during the search; its result is then checked with SILENT_MS */
    NOTHING_FOUND = -1
};

/* ---- the first that can be read ---- */

struct search {
    struct ing_reader *reader;
    int64_t bad;  /* the last offset that is known to be unreadable */
    int64_t good; /* one behind it that can be read */
    bool hasty;   /* a short silence is all that is known of `bad` */
};

static enum ing_reading look(struct search *search, int64_t offset, int silent_ms)
{
    enum ing_reading reading = ing_reader_at(search->reader, offset, silent_ms);
    if (reading == ING_READS) {
        search->good = offset;
    } else if (reading == ING_UNREADABLE) {
        search->bad = offset;
        search->hasty = silent_ms < SILENT_MS && ing_reader_met_silence(search->reader);
    }
    return reading;
}

/* ING_READS: there is one; else why the search ended. The log's end can always be read. */
static enum ing_reading find_any(struct search *search, int64_t log_end)
{
    search->good = log_end;
    for (int64_t width = 1; search->bad + width < log_end; width *= 2) {
        enum ing_reading reading = look(search, search->bad + width, HASTY_MS);
        if (reading != ING_UNREADABLE) {
            return reading;
        }
    }
    return ING_READS;
}

/* Until `good` is next to `bad`. Results as find_any's. */
static enum ing_reading narrow(struct search *search, int silent_ms)
{
    while (search->good - search->bad > 1) {
        enum ing_reading reading =
            look(search, search->bad + (search->good - search->bad) / 2, silent_ms);
        if (reading != ING_READS && reading != ING_UNREADABLE) {
            return reading;
        }
    }
    return ING_READS;
}

/* The last bound is read once more with patience. Given that it reads (many transaction markers in a row
 * are silent too), then the gap would be wider than the batch. Therefore the search begins anew, with patience. */
static enum ing_reading find_first(struct search *search, int64_t log_end)
{
    const int64_t from = search->bad;
    enum ing_reading reading = find_any(search, log_end);
    if (reading == ING_READS) {
        reading = narrow(search, HASTY_MS);
    }
    if (reading != ING_READS || !search->hasty) {
        return reading;
    }
    reading = look(search, search->bad, SILENT_MS);
    if (reading == ING_READS) {
        search->bad = from;
        return narrow(search, SILENT_MS);
    }
    return reading == ING_UNREADABLE ? ING_READS : reading;
}

static void find_readable(struct ing_reader *reader, int64_t from, int64_t log_end,
                          struct ing_finding *finding)
{
    struct search search = {.reader = reader, .bad = from};
    finding->search = find_first(&search, log_end);
    finding->unreadable_to = search.bad;
    finding->readable_from = finding->search == ING_READS ? search.good : NOTHING_FOUND;
}

/* ---- the probe ---- */

/* The log's end by another connection: this tells a broker that is away from a batch that is bad. */
static int ask_end(const struct conf *conf, const struct ing_probe *probe, int64_t *log_end,
                   struct err *err)
{
    struct ing_log_range range = {.topic = probe->topic, .partition = probe->partition};
    struct err away = ERR_INIT;
    struct ing_logs *logs = ing_logs_open(conf, err);
    if (logs == NULL) {
        return -1;
    }
    *log_end = ing_logs_ranges(logs, &range, 1, ASK_MS, &away) == 0 ? range.log_end : -1;
    ing_logs_close(&logs);
    return 0;
}

int ing_probe_run(const struct conf *conf, const struct ing_probe *probe,
                  struct ing_finding *finding, struct err *err)
{
    int64_t log_end;
    *finding = (struct ing_finding){.reading = ING_AWAY,
                                    .readable_from = NOTHING_FOUND,
                                    .unreadable_to = NOTHING_FOUND,
                                    .search = ING_NOT_TOLD};
    struct ing_reader *reader = ing_reader_open(conf, probe, err);
    if (reader == NULL || ask_end(conf, probe, &log_end, err) < 0) {
        ing_reader_close(&reader);
        return -1;
    }
    finding->reading =
        log_end >= 0 ? ing_reader_at(reader, probe->from, SILENT_MS) : ing_reader_ask_why(reader);
    if (finding->reading != ING_READS) {
        snprintf(finding->text, sizeof(finding->text), "%s", ing_reader_text(reader));
    }
    if (finding->reading == ING_UNREADABLE && probe->finds_next) {
        find_readable(reader, probe->from, log_end, finding);
    }
    ing_reader_close(&reader);
    return 0;
}
