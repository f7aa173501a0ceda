// SPDX-License-Identifier: Apache-2.0

// Sends the events that a bench makes, as an agency's producer would: one request takes what waits for all partitions
// of a broker (franz-go, as Java's client does; librdkafka sends a request for each). tests/bench/stream.h writes the
// events to its input, each a head and then key and value, and reads from its output at which offset they are.
//
//	producer -bootstrap B -topic T [-datasets D] [-linger 5ms]
//
// With -datasets T is what the topics' names begin with; a dataset's number follows. It ends with its input, once all
// is delivered; the first event that cannot be delivered ends it with 1.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// As struct stream_head and struct stream_report have them, in the machine's byte order.
const (
	headBytes  = 16 // number uint32, dataset uint32, partition uint16, key bytes uint16, value bytes uint32
	valueMax   = 1 << 20
	waitingMax = 1 << 20 // events that wait for the broker; the bench waits with the next
	produceKey = 0
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "producer:", err)
		os.Exit(1)
	}
}

// The reports that wait to be written, all of them at once.
type reports struct {
	lock    sync.Mutex
	waiting []byte
	some    chan struct{}
	written chan struct{}
}

func newReports() *reports {
	r := &reports{some: make(chan struct{}, 1), written: make(chan struct{})}
	go r.write()
	return r
}

func (r *reports) put(number, partition uint32, offset int64) {
	r.lock.Lock()
	first := len(r.waiting) == 0
	r.waiting = binary.NativeEndian.AppendUint32(r.waiting, number)
	r.waiting = binary.NativeEndian.AppendUint32(r.waiting, partition)
	r.waiting = binary.NativeEndian.AppendUint64(r.waiting, uint64(offset))
	r.lock.Unlock()
	if first {
		r.some <- struct{}{}
	}
}

func (r *reports) write() {
	var taken []byte
	for range r.some {
		r.lock.Lock()
		taken, r.waiting = r.waiting, taken[:0]
		r.lock.Unlock()
		_, err := os.Stdout.Write(taken)
		check(err)
	}
	close(r.written)
}

// After the last.
func (r *reports) end() {
	close(r.some)
	<-r.written
}

// How many requests to produce were written.
type requests struct{ atomic.Int64 }

func (r *requests) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	if key == produceKey && err == nil {
		r.Add(1)
	}
}

func topics(topic string, datasets int) []string {
	if datasets == 0 {
		return []string{topic}
	}
	names := make([]string, datasets)
	for d := range names {
		names[d] = topic + strconv.Itoa(d)
	}
	return names
}

// The next event, and its number; io.EOF: there is none.
func next(in *bufio.Reader, names []string) (*kgo.Record, uint32, error) {
	head, err := in.Peek(headBytes)
	if len(head) == 0 {
		return nil, 0, err
	}
	if len(head) < headBytes {
		return nil, 0, io.ErrUnexpectedEOF
	}
	number, dataset := binary.NativeEndian.Uint32(head), binary.NativeEndian.Uint32(head[4:])
	partition, keyBytes := binary.NativeEndian.Uint16(head[8:]), int(binary.NativeEndian.Uint16(head[10:]))
	valueBytes := int(binary.NativeEndian.Uint32(head[12:]))
	if int64(dataset) >= int64(len(names)) || valueBytes > valueMax {
		return nil, 0, errors.New("an event of no dataset, or too large")
	}
	_, _ = in.Discard(headBytes) // peeked
	bytes := make([]byte, keyBytes+valueBytes)
	if _, err = io.ReadFull(in, bytes); err != nil {
		return nil, 0, io.ErrUnexpectedEOF
	}
	return &kgo.Record{Topic: names[dataset], Partition: int32(partition), Key: bytes[:keyBytes:keyBytes],
		Value: bytes[keyBytes:]}, number, nil
}

func main() {
	bootstrap := flag.String("bootstrap", "", "a broker")
	topic := flag.String("topic", "", "the topic, or what the datasets' topics begin with")
	datasets := flag.Int("datasets", 0, "how many topics; 0: the one")
	linger := flag.Duration("linger", 5*time.Millisecond, "how long an event waits for others")
	flag.Parse()
	debug.SetGCPercent(400) // memory for CPU
	runtime.GOMAXPROCS(1)   // one is enough, and a second looks for work most of its time
	var count requests
	// A topic that was just made is not known to each broker at once: a hundred answers that it is not there are waited for.
	client, err := kgo.NewClient(kgo.SeedBrokers(*bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(*linger), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(waitingMax),
		kgo.MetadataMinAge(100*time.Millisecond), kgo.UnknownTopicRetries(100),
		kgo.WithHooks(&count))
	check(err)
	delivered := newReports()
	in, names := bufio.NewReaderSize(os.Stdin, 1<<16), topics(*topic, *datasets)
	for {
		record, number, err := next(in, names)
		if err == io.EOF {
			break
		}
		check(err)
		client.Produce(context.Background(), record, func(record *kgo.Record, err error) {
			check(err)
			if number != 0 {
				delivered.put(number, uint32(record.Partition), record.Offset)
			}
		})
	}
	check(client.Flush(context.Background()))
	client.Close()
	delivered.put(0, 0, count.Load())
	delivered.end()
}
