// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Where a worker's rows go: appended, or kept as the newest of each key by way of a stage.
type table struct {
	conn   *pgx.Conn
	name   pgx.Identifier
	key    string // "": append only
	fields []string
	values []func(*row) any
	merge  string
	order  []*row
}

func openTable(ctx context.Context, dsn, name, key string) (*table, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	t := &table{conn: conn, name: strings.Split(name, "."), key: key}
	if _, err = conn.Exec(ctx, "SET jit = off; SET synchronous_commit = on; SET temp_buffers = '64MB'"); err != nil {
		return nil, err
	}
	if err = t.describe(ctx); err == nil && key != "" {
		err = t.prepareMerge(ctx)
	}
	return t, err
}

func (t *table) describe(ctx context.Context) error {
	rows, err := t.conn.Query(ctx, `SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0
		AND NOT attisdropped ORDER BY attnum`, t.name.Sanitize())
	if err != nil {
		return err
	}
	t.fields, err = pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, field := range t.fields {
		value, known := columns[field]
		if !known {
			return fmt.Errorf("%s: what is column %s?", t.name.Sanitize(), field)
		}
		t.values = append(t.values, value)
	}
	return nil
}

// A stage of the session without an index, and the statement that takes from it what is newer.
func (t *table) prepareMerge(ctx context.Context) error {
	names, sets := []string{}, []string{}
	for _, field := range t.fields {
		name := pgx.Identifier{field}.Sanitize()
		names = append(names, name)
		if field != t.key {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	all := strings.Join(names, ", ")
	t.merge = fmt.Sprintf(`INSERT INTO %s AS t (%s) SELECT %s FROM stage ON CONFLICT (%s) DO UPDATE SET %s
		WHERE t.seq < excluded.seq`, t.name.Sanitize(), all, all, pgx.Identifier{t.key}.Sanitize(), strings.Join(sets, ", "))
	_, err := t.conn.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE stage (LIKE %s)", t.name.Sanitize()))
	return err
}

// The newest of each key, by key: the index's pages are then visited once each, and no two workers' rows cross.
func (t *table) newest(rows []row) []*row {
	t.order = t.order[:0]
	for i := range rows {
		t.order = append(t.order, &rows[i])
	}
	slices.SortFunc(t.order, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.CivilNo, b.CivilNo), cmp.Compare(b.Seq, a.Seq))
	})
	return slices.CompactFunc(t.order, func(a, b *row) bool { return a.CivilNo == b.CivilNo })
}

// pgx's COPY is binary. One slice serves for every row.
func (t *table) copy(ctx context.Context, into pgx.Identifier, count int, at func(i int) *row) error {
	values := make([]any, len(t.values))
	i := 0
	_, err := t.conn.CopyFrom(ctx, into, t.fields, pgx.CopyFromFunc(func() ([]any, error) {
		if i == count {
			return nil, nil
		}
		r := at(i)
		i++
		for n, value := range t.values {
			values[n] = value(r)
		}
		return values, nil
	}))
	return err
}

// One transaction.
func (t *table) write(ctx context.Context, rows []row) error {
	if t.key == "" {
		return t.copy(ctx, t.name, len(rows), func(i int) *row { return &rows[i] })
	}
	if _, err := t.conn.Exec(ctx, "BEGIN; TRUNCATE stage"); err != nil {
		return err
	}
	newest := t.newest(rows)
	if err := t.copy(ctx, pgx.Identifier{"stage"}, len(newest), func(i int) *row { return newest[i] }); err != nil {
		return err
	}
	if _, err := t.conn.Exec(ctx, t.merge); err != nil {
		return err
	}
	_, err := t.conn.Exec(ctx, "COMMIT")
	return err
}
