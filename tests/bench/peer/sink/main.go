// SPDX-License-Identifier: Apache-2.0

// What a good user would write in a few days in place of the engine, for `tests/bench/run peers`: a consumer group
// (franz-go), Avro (hamba/avro), and binary COPY (pgx), either into the table or into a stage from which the newest of each
// key is taken. At least once: offsets are committed after the database's commit. It checks nothing, keeps one table and
// stops at the first event that it cannot read.
//
//	sink -bootstrap B -group G -topic T -schema FILE -dsn D -table S.T [-key COLUMN] -events N [-workers W] [-batch-rows R]
//
// With -key the table has one row for each key, else every event is a row. It ends when so many events are in, and prints
// one JSON object.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

type options struct {
	bootstrap, group, topic, schemaFile, dsn, table, key string
	events                                               int64
	workers, batchRows                                   int
}

type sink struct {
	options
	schema  avro.Schema
	done    atomic.Int64 // events in the database
	batches atomic.Int64
	begun   sync.Once
	start   time.Time // of the first record
	end     time.Time // of the last commit
	cancel  context.CancelFunc
}

const longestBatch = time.Second

// Records until the batch is full or a second old; none: nothing came.
func (s *sink) fill(ctx context.Context, client *kgo.Client, rows []row) ([]row, error) {
	deadline, stop := context.WithTimeout(ctx, longestBatch)
	defer stop()
	rows = rows[:0]
	for len(rows) < s.batchRows {
		fetches := client.PollRecords(deadline, s.batchRows-len(rows))
		for each := fetches.RecordIter(); !each.Done(); {
			s.begun.Do(func() { s.start = time.Now() })
			rows = rows[:len(rows)+1]
			if err := rows[len(rows)-1].read(s.schema, each.Next()); err != nil {
				return nil, err
			}
		}
		err := fetches.Err()
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// No partition moves between a poll and the commit of its offsets, so only a crash has an event come twice.
func (s *sink) work(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.bootstrap), kgo.ConsumerGroup(s.group), kgo.ConsumeTopics(s.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.FetchMaxBytes(32<<20), kgo.FetchMaxPartitionBytes(4<<20))
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()
	t, err := openTable(ctx, s.dsn, s.table, s.key)
	if err != nil {
		return err
	}
	defer t.conn.Close(context.Background())
	rows := make([]row, 0, s.batchRows)
	for ctx.Err() == nil {
		if rows, err = s.fill(ctx, client, rows); err != nil {
			return err
		}
		if len(rows) > 0 {
			if err = s.store(client, t, rows); err != nil {
				return err
			}
		}
		client.AllowRebalance()
	}
	return nil
}

// Not to be interrupted: what is begun is ended.
func (s *sink) store(client *kgo.Client, t *table, rows []row) error {
	ctx := context.Background()
	now := time.Now()
	for i := range rows {
		rows[i].recordedAt = now
	}
	if err := t.write(ctx, rows); err != nil {
		return err
	}
	if err := client.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	s.batches.Add(1)
	if s.done.Add(int64(len(rows))) >= s.events {
		s.end = time.Now()
		s.cancel()
	}
	return nil
}

func (s *sink) run() (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	failed := make(chan error, s.workers)
	for range s.workers {
		go func() { failed <- s.work(ctx) }()
	}
	for range s.workers {
		if wrong := <-failed; wrong != nil {
			err = wrong
			cancel()
		}
	}
	return err
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
}

func main() {
	s := &sink{}
	flag.StringVar(&s.bootstrap, "bootstrap", "", "a broker")
	flag.StringVar(&s.group, "group", "", "the consumer group")
	flag.StringVar(&s.topic, "topic", "", "the topic")
	flag.StringVar(&s.schemaFile, "schema", "", "the file of the events' structure")
	flag.StringVar(&s.dsn, "dsn", "", "the database")
	flag.StringVar(&s.table, "table", "", "the table")
	flag.StringVar(&s.key, "key", "", "the key's column; none: append")
	flag.Int64Var(&s.events, "events", 0, "how many events there are")
	flag.IntVar(&s.workers, "workers", 2, "members of the group, each with a connection")
	flag.IntVar(&s.batchRows, "batch-rows", 50_000, "events in a transaction")
	flag.Parse()
	text, err := os.ReadFile(s.schemaFile)
	check(err)
	s.schema, err = avro.Parse(string(text))
	check(err)
	debug.SetGCPercent(400) // memory for CPU
	check(s.run())
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"events": s.done.Load(), "batches": s.batches.Load(),
		"wall_s": s.end.Sub(s.start).Seconds(), "cpu_s": cpuSeconds()}))
}
