// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/twmb/franz-go/pkg/kgo"
)

const frameSize = 5 // Confluent's: a zero, and the structure's id

// The typical event: typical.avsc. A decimal is taken as its bytes, for a big.Rat of each would cost more than the rest.
type resident struct {
	CivilNo     string    `avro:"civil_no"`
	NameAr      string    `avro:"name_ar"`
	NameEn      string    `avro:"name_en"`
	BirthDate   time.Time `avro:"birth_date"`
	Sex         string    `avro:"sex"`
	Governorate string    `avro:"governorate"`
	Occupation  string    `avro:"occupation"`
	Address     *string   `avro:"address"`
	Income      []byte    `avro:"income"`
	OccurredAt  time.Time `avro:"occurred_at"`
	Seq         int64     `avro:"seq"`
	Active      bool      `avro:"active"`
}

// One event and where it came from.
type row struct {
	resident
	schema     int32
	partition  int32
	offset     int64
	kafkaTime  time.Time
	recordedAt time.Time
}

func (r *row) read(schema avro.Schema, record *kgo.Record) error {
	if len(record.Value) < frameSize || record.Value[0] != 0 {
		return fmt.Errorf("partition %d, offset %d: no frame", record.Partition, record.Offset)
	}
	r.schema = int32(binary.BigEndian.Uint32(record.Value[1:frameSize]))
	r.partition, r.offset, r.kafkaTime = record.Partition, record.Offset, record.Timestamp
	return avro.Unmarshal(schema, record.Value[frameSize:], &r.resident)
}

// Two's complement, at most eight bytes here, with two decimals.
func cents(bytes []byte) pgtype.Numeric {
	var unscaled int64
	for i, b := range bytes {
		if i == 0 {
			unscaled = int64(int8(b))
		} else {
			unscaled = unscaled<<8 | int64(b)
		}
	}
	return pgtype.Numeric{Int: big.NewInt(unscaled), Exp: -2, Valid: true}
}

// Every column that a table may have, by its name.
var columns = map[string]func(*row) any{
	"civil_no":    func(r *row) any { return r.CivilNo },
	"name_ar":     func(r *row) any { return r.NameAr },
	"name_en":     func(r *row) any { return r.NameEn },
	"birth_date":  func(r *row) any { return r.BirthDate },
	"sex":         func(r *row) any { return r.Sex },
	"governorate": func(r *row) any { return r.Governorate },
	"occupation":  func(r *row) any { return r.Occupation },
	"address":     func(r *row) any { return r.Address },
	"income":      func(r *row) any { return cents(r.Income) },
	"occurred_at": func(r *row) any { return r.OccurredAt },
	"seq":         func(r *row) any { return r.Seq },
	"active":      func(r *row) any { return r.Active },

	"_recorded_at":     func(r *row) any { return r.recordedAt },
	"_offset":          func(r *row) any { return r.offset },
	"_topic_partition": func(r *row) any { return r.partition },
	"_schema_id":       func(r *row) any { return r.schema },
	"_order":           func(r *row) any { return r.Seq },
	"_kafka_ts":        func(r *row) any { return r.kafkaTime },
	"_event_time":      func(r *row) any { return r.OccurredAt },
	"_content":         func(*row) any { return int64(0) },
	"_op":              func(*row) any { return byte('u') },
	"_effect":          func(*row) any { return byte('a') },
}
