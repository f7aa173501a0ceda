// SPDX-License-Identifier: Apache-2.0

// The rules of tests/bench/rules.json by cel-go, on the events that bench_decode writes, for `tests/bench/run decode --rules`.
//
//	celgo EVENTS SCHEMA RULES COUNT
//
// EVENTS: each four bytes of length, big-endian, Confluent's five bytes and Avro. Measured twice, several turns each, as
// processor time of the whole process with its garbage collector: records that were decoded before, and decoding them too
// (hamba/avro). Every rule must hold for every event. Prints one JSON object.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/hamba/avro/v2"
)

const (
	turns     = 5
	frameSize = 5
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "celgo:", err)
		os.Exit(1)
	}
}

// ---- decimals, which cel-go lacks: as exact as ours ----

var decimalType = types.NewTypeValue("decimal")

type decimal struct{ *big.Rat }

func (d decimal) ConvertToNative(reflect.Type) (any, error) { return d.Rat, nil }
func (d decimal) ConvertToType(ref.Type) ref.Val            { return types.NewErr("no conversion") }
func (d decimal) Equal(other ref.Val) ref.Val {
	o, ok := other.(decimal)
	return types.Bool(ok && d.Cmp(o.Rat) == 0)
}
func (d decimal) Type() ref.Type { return decimalType }
func (d decimal) Value() any     { return d.Rat }

var constants = map[string]decimal{} // each is read once

func decimalOf(text ref.Val) ref.Val {
	s := string(text.(types.String))
	d, known := constants[s]
	if !known {
		rat, ok := new(big.Rat).SetString(s)
		if !ok {
			return types.NewErr("no decimal: %s", s)
		}
		d = decimal{rat}
		constants[s] = d
	}
	return d
}

func comparison(holds func(order int) bool) cel.OverloadOpt {
	return cel.BinaryBinding(func(a, b ref.Val) ref.Val {
		x, first := a.(decimal)
		y, second := b.(decimal)
		if !first || !second {
			return types.MaybeNoSuchOverloadErr(a)
		}
		return types.Bool(holds(x.Cmp(y.Rat)))
	})
}

// ---- the rules ----

// A pattern is of the whole text, as Confluent's rules have it.
func fullMatch(expr string) string {
	return regexp.MustCompile(`\.matches\('([^']*)'\)`).ReplaceAllString(expr, ".matches('^(?:$1)$$')")
}

func programs(path string, count int) []cel.Program {
	text, err := os.ReadFile(path)
	check(err)
	var set struct {
		DomainRules []struct{ Expr string }
	}
	check(json.Unmarshal(text, &set))
	decimals := cel.ObjectType("decimal")
	two := []*cel.Type{cel.DynType, decimals}
	env, err := cel.NewEnv(
		cel.Variable("message", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("now", cel.TimestampType),
		cel.Function("decimal", cel.Overload("decimal_string", []*cel.Type{cel.StringType}, decimals,
			cel.UnaryBinding(decimalOf))),
		cel.Function("decimals.ge", cel.Overload("decimals_ge", two, cel.BoolType,
			comparison(func(order int) bool { return order >= 0 }))),
		cel.Function("decimals.lt", cel.Overload("decimals_lt", two, cel.BoolType,
			comparison(func(order int) bool { return order < 0 }))))
	check(err)
	out := []cel.Program{}
	for _, rule := range set.DomainRules[:count] {
		expr := rule.Expr
		if expr == "message.income < decimal('100000000')" { // cel-go's operators take no types of others
			expr = "decimals.lt(message.income, decimal('100000000'))"
		}
		ast, issues := env.Compile(fullMatch(expr))
		check(issues.Err())
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		check(err)
		out = append(out, program)
	}
	return out
}

// ---- records ----

// As cel-go takes them without a conversion of its own.
func adapted(record map[string]any) map[string]any {
	for name, value := range record {
		switch v := value.(type) {
		case string:
			record[name] = types.String(v)
		case int64:
			record[name] = types.Int(v)
		case bool:
			record[name] = types.Bool(v)
		case nil:
			delete(record, name) // has() of a map is whether the key is there
		case time.Time:
			record[name] = types.Timestamp{Time: v}
		case *big.Rat:
			record[name] = decimal{v}
		}
	}
	return record
}

func decode(schema avro.Schema, bytes []byte) map[string]any {
	record := map[string]any{}
	check(avro.Unmarshal(schema, bytes, &record))
	return adapted(record)
}

func readEvents(path string) [][]byte {
	all, err := os.ReadFile(path)
	check(err)
	events := [][]byte{}
	for len(all) > 0 {
		size := 4 + binary.BigEndian.Uint32(all)
		events = append(events, all[4+frameSize:size])
		all = all[size:]
	}
	return events
}

// ---- measuring ----

func cpuSeconds() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func hold(rules []cel.Program, variables map[string]any) {
	for i, rule := range rules {
		result, _, err := rule.Eval(variables)
		if err != nil || result != types.True {
			check(fmt.Errorf("rule %d: %v %v", i+1, result, err))
		}
	}
}

// Nanoseconds of processor time an event: the median turn.
func measured(events int, turn func()) float64 {
	seconds := []float64{}
	for range turns {
		runtime.GC()
		begun := cpuSeconds()
		turn()
		seconds = append(seconds, cpuSeconds()-begun)
	}
	sort.Float64s(seconds)
	return seconds[turns/2] * 1e9 / float64(events)
}

func main() {
	if len(os.Args) != 5 {
		check(fmt.Errorf("usage: celgo EVENTS SCHEMA RULES COUNT"))
	}
	text, err := os.ReadFile(os.Args[2])
	check(err)
	schema, err := avro.Parse(string(text))
	check(err)
	count, err := strconv.Atoi(os.Args[4])
	check(err)
	rules := programs(os.Args[3], count)
	events := readEvents(os.Args[1])
	records := make([]map[string]any, len(events))
	for i, event := range events {
		records[i] = decode(schema, event)
	}
	variables := map[string]any{"now": types.Timestamp{Time: time.Unix(1800000000, 0).UTC()}}
	rulesOnly := measured(len(events), func() {
		for _, record := range records {
			variables["message"] = record
			hold(rules, variables)
		}
	})
	records = nil
	both := measured(len(events), func() {
		for _, event := range events {
			variables["message"] = decode(schema, event)
			hold(rules, variables)
		}
	})
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"events": len(events), "rules": count,
		"rules_ns": rulesOnly, "decode_and_rules_ns": both}))
}
