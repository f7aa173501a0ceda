// SPDX-License-Identifier: Apache-2.0

// One turn of an agency that writes Go: unmodified franz-go, its schema registry client, and goavro.
//
// The task comes as JSON in the first argument, what came of it goes to standard output as JSON; tests/kit/clients.py
// tells both. Keys are the id's text.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

type row struct {
	ID     string  `json:"id"`
	Seq    int64   `json:"seq"`
	Clinic string  `json:"clinic"`
	Note   *string `json:"note"`
}

type task struct {
	URL, Bootstrap, Topic string
	Name, Secret          string
	Schema, Incompatible  string
	Version, Expect       int
	Rows                  []row
}

type outcome struct {
	ID        int    `json:"id"`
	Again     int    `json:"again"`
	Found     int    `json:"found"`
	Latest    int    `json:"latest"`
	ByVersion int    `json:"by_version"`
	Refused   int    `json:"refused"`
	Reason    string `json:"reason"`
	Rows      []row  `json:"rows"`
}

func registry(ctx context.Context, t *task, client *sr.Client, out *outcome) error {
	subject := t.Topic + "-value"
	schema := sr.Schema{Schema: t.Schema}
	made, err := client.CreateSchema(ctx, subject, schema)
	if err != nil {
		return err
	}
	out.ID = made.ID
	again, err := client.CreateSchema(ctx, subject, schema)
	if err != nil {
		return err
	}
	out.Again = again.ID
	found, err := client.LookupSchema(ctx, subject, schema)
	if err != nil {
		return err
	}
	out.Found = found.ID
	latest, err := client.SchemaByVersion(ctx, subject, -1)
	if err != nil {
		return err
	}
	out.Latest = latest.ID
	one, err := client.SchemaByVersion(ctx, subject, t.Version)
	if err != nil {
		return err
	}
	out.ByVersion = one.ID
	check, err := client.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), subject, -1, sr.Schema{Schema: t.Incompatible})
	if err != nil {
		return err
	}
	if check.Is || len(check.Messages) == 0 {
		return fmt.Errorf("an incompatible schema was called compatible: %+v", check)
	}
	return refusal(ctx, t, client, subject, out)
}

func refusal(ctx context.Context, t *task, client *sr.Client, subject string, out *outcome) error {
	_, err := client.CreateSchema(ctx, subject, sr.Schema{Schema: t.Incompatible})
	var refused *sr.ResponseError
	if !errors.As(err, &refused) {
		return fmt.Errorf("an incompatible schema was registered, or failed otherwise: %v", err)
	}
	out.Refused, out.Reason = refused.ErrorCode, refused.Message
	if t.Name != "" { // a producer may name the level in force
		for _, set := range client.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatBackward}, subject) {
			if set.Err != nil || set.Level != sr.CompatBackward {
				return fmt.Errorf("naming the level: %+v", set)
			}
		}
		return nil
	}
	for _, set := range client.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatFull}, subject) {
		if set.Err != nil || set.Level != sr.CompatFull {
			return fmt.Errorf("setting the level: %+v", set)
		}
	}
	for _, reset := range client.ResetCompatibility(ctx, subject) {
		if reset.Err != nil {
			return reset.Err
		}
	}
	return nil
}

func produce(ctx context.Context, t *task, kafka *kgo.Client, id int) error {
	codec, err := goavro.NewCodec(t.Schema)
	if err != nil {
		return err
	}
	var header sr.ConfluentHeader
	for _, r := range t.Rows {
		native := map[string]interface{}{"id": r.ID, "seq": r.Seq, "clinic": r.Clinic, "note": nil}
		if r.Note != nil {
			native["note"] = goavro.Union("string", *r.Note)
		}
		value, err := header.AppendEncode(nil, id, nil)
		if err != nil {
			return err
		}
		if value, err = codec.BinaryFromNative(value, native); err != nil {
			return err
		}
		record := &kgo.Record{Topic: t.Topic, Key: []byte(r.ID), Value: value}
		if err := kafka.ProduceSync(ctx, record).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

// Codecs of schema ids, asked once each.
type codecs struct {
	client *sr.Client
	known  map[int]*goavro.Codec
}

func (c *codecs) of(ctx context.Context, id int) (*goavro.Codec, error) {
	if codec := c.known[id]; codec != nil {
		return codec, nil
	}
	schema, err := c.client.SchemaByID(ctx, id)
	if err != nil {
		return nil, err
	}
	codec, err := goavro.NewCodec(schema.Schema)
	if err == nil {
		c.known[id] = codec
	}
	return codec, err
}

func (c *codecs) decode(ctx context.Context, value []byte) (row, error) {
	var header sr.ConfluentHeader
	id, payload, err := header.DecodeID(value)
	if err != nil {
		return row{}, err
	}
	codec, err := c.of(ctx, id)
	if err != nil {
		return row{}, err
	}
	native, _, err := codec.NativeFromBinary(payload)
	if err != nil {
		return row{}, err
	}
	fields := native.(map[string]interface{})
	r := row{ID: fields["id"].(string), Seq: fields["seq"].(int64), Clinic: fields["clinic"].(string)}
	if union, ok := fields["note"].(map[string]interface{}); ok {
		text := union["string"].(string)
		r.Note = &text
	}
	return r, nil
}

func consume(ctx context.Context, t *task, kafka *kgo.Client, client *sr.Client) ([]row, error) {
	known := codecs{client: client, known: map[int]*goavro.Codec{}}
	var rows []row
	for len(rows) < t.Expect {
		fetches := kafka.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		for _, record := range fetches.Records() {
			r, err := known.decode(ctx, record.Value)
			if err != nil {
				return nil, fmt.Errorf("offset %d: %w", record.Offset, err)
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func run(t *task, out *outcome) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	options := []sr.ClientOpt{sr.URLs(t.URL)}
	if t.Name != "" {
		options = append(options, sr.BasicAuth(t.Name, t.Secret))
	}
	client, err := sr.NewClient(options...)
	if err != nil {
		return err
	}
	kafka, err := kgo.NewClient(kgo.SeedBrokers(t.Bootstrap), kgo.ConsumeTopics(t.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer kafka.Close()
	if err := registry(ctx, t, client, out); err != nil {
		return err
	}
	if err := produce(ctx, t, kafka, out.ID); err != nil {
		return err
	}
	out.Rows, err = consume(ctx, t, kafka, client)
	return err
}

func main() {
	var t task
	var out outcome
	err := json.Unmarshal([]byte(os.Args[1]), &t)
	if err == nil {
		err = run(&t, &out)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
