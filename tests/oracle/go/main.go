// SPDX-License-Identifier: Apache-2.0

// Two uses of what others wrote about CEL, for tests/oracle/cel_oracle.py:
//
//	celoracle spec FOLDER   the specification's simple tests (FOLDER/*.textproto), one JSON object a line
//	celoracle evaluate      cel-go as a filter: a question a line in, an outcome a line out, as cel_tool answers
//
// Values are tagged with their kinds: {"int": "5"}, {"list": [...]}, {"map": [[key, value], ...]}. A time that is bound
// is "seconds nanos".
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
	"cel.dev/expr"
	_ "cel.dev/expr/conformance/proto2"
	_ "cel.dev/expr/conformance/proto3"
	test "cel.dev/expr/conformance/test"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type tagged map[string]any

func fail(format string, words ...any) {
	fmt.Fprintf(os.Stderr, "celoracle: "+format+"\n", words...)
	os.Exit(2)
}

// ---- the specification's tests ----

// What our values cannot express, as the reason for which a test is left out.
type unsupported struct{ why string }

func printDouble(d float64) string {
	switch {
	case math.IsNaN(d):
		return "NaN"
	case math.IsInf(d, 1):
		return "Infinity"
	case math.IsInf(d, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(d, 'g', -1, 64)
}

func printTime(seconds int64, nanos int32) string {
	return fmt.Sprintf("%d %d", seconds, nanos)
}

func tagValue(v *expr.Value) tagged {
	switch kind := v.GetKind().(type) {
	case *expr.Value_NullValue:
		return tagged{"null": nil}
	case *expr.Value_BoolValue:
		return tagged{"bool": kind.BoolValue}
	case *expr.Value_Int64Value:
		return tagged{"int": strconv.FormatInt(kind.Int64Value, 10)}
	case *expr.Value_Uint64Value:
		return tagged{"uint": strconv.FormatUint(kind.Uint64Value, 10)}
	case *expr.Value_DoubleValue:
		return tagged{"double": printDouble(kind.DoubleValue)}
	case *expr.Value_StringValue:
		return tagged{"string": kind.StringValue}
	case *expr.Value_BytesValue:
		return tagged{"bytes": base64.StdEncoding.EncodeToString(kind.BytesValue)}
	case *expr.Value_TypeValue:
		return tagged{"type": kind.TypeValue}
	case *expr.Value_ListValue:
		items := []any{}
		for _, item := range kind.ListValue.GetValues() {
			items = append(items, tagValue(item))
		}
		return tagged{"list": items}
	case *expr.Value_MapValue:
		entries := []any{}
		for _, entry := range kind.MapValue.GetEntries() {
			entries = append(entries, []any{tagValue(entry.GetKey()), tagValue(entry.GetValue())})
		}
		return tagged{"map": entries}
	case *expr.Value_ObjectValue:
		message, err := kind.ObjectValue.UnmarshalNew()
		if err != nil {
			panic(unsupported{"a value of protobuf's"})
		}
		switch known := message.(type) {
		case *timestamppb.Timestamp:
			return tagged{"time": printTime(known.GetSeconds(), known.GetNanos())}
		case *durationpb.Duration:
			return tagged{"span": printTime(known.GetSeconds(), known.GetNanos())}
		}
		panic(unsupported{"a protobuf message"})
	}
	panic(unsupported{"a value of kind enum or none"})
}

func printType(t *expr.Type) string {
	switch kind := t.GetTypeKind().(type) {
	case *expr.Type_Dyn:
		return "dyn"
	case *expr.Type_Null:
		return "null_type"
	case *expr.Type_Primitive:
		return map[expr.Type_PrimitiveType]string{
			expr.Type_BOOL: "bool", expr.Type_INT64: "int", expr.Type_UINT64: "uint", expr.Type_DOUBLE: "double",
			expr.Type_STRING: "string", expr.Type_BYTES: "bytes"}[kind.Primitive]
	case *expr.Type_WellKnown:
		switch kind.WellKnown {
		case expr.Type_TIMESTAMP:
			return "google.protobuf.Timestamp"
		case expr.Type_DURATION:
			return "google.protobuf.Duration"
		}
		panic(unsupported{"the type google.protobuf.Any"})
	case *expr.Type_ListType_:
		return "list(" + printType(kind.ListType.GetElemType()) + ")"
	case *expr.Type_MapType_:
		return "map(" + printType(kind.MapType.GetKeyType()) + ", " + printType(kind.MapType.GetValueType()) + ")"
	case *expr.Type_Wrapper:
		panic(unsupported{"protobuf's wrapper types"})
	case *expr.Type_MessageType:
		if kind.MessageType == "google.protobuf.Timestamp" || kind.MessageType == "google.protobuf.Duration" {
			return kind.MessageType
		}
		panic(unsupported{"the protobuf message " + kind.MessageType})
	case *expr.Type_Type:
		return "type(" + printType(kind.Type) + ")"
	case *expr.Type_TypeParam:
		return "dyn"
	case *expr.Type_AbstractType_:
		panic(unsupported{"the type " + kind.AbstractType.GetName()})
	}
	panic(unsupported{"an unknown type"})
}

func question(file, section string, t *test.SimpleTest) (out tagged) {
	out = tagged{"file": file, "section": section, "name": t.GetName(), "expr": t.GetExpr()}
	defer func() {
		if caught := recover(); caught != nil {
			why, known := caught.(unsupported)
			if !known {
				panic(caught)
			}
			out["unsupported"] = why.why
		}
	}()
	out["container"] = t.GetContainer()
	out["untyped"] = t.GetDisableCheck()
	out["check_only"] = t.GetCheckOnly()
	out["macros_off"] = t.GetDisableMacros()
	types, bindings := tagged{}, tagged{}
	for _, declaration := range t.GetTypeEnv() {
		if declaration.GetIdent() == nil {
			panic(unsupported{"a function that is declared for the test"})
		}
		types[declaration.GetName()] = printType(declaration.GetIdent().GetType())
	}
	for name, value := range t.GetBindings() {
		if value.GetValue() == nil {
			panic(unsupported{"a variable that is bound to an error"})
		}
		bindings[name] = tagValue(value.GetValue())
		if types[name] == nil {
			types[name] = "dyn"
		}
	}
	out["types"], out["bindings"] = types, bindings
	switch {
	case t.GetEvalError() != nil || t.GetAnyEvalErrors() != nil:
		out["error"] = true
	case t.GetUnknown() != nil || t.GetAnyUnknowns() != nil:
		panic(unsupported{"unknown values"})
	case t.GetTypedResult() != nil:
		if t.GetTypedResult().GetResult() != nil {
			out["value"] = tagValue(t.GetTypedResult().GetResult())
		}
		out["deduced"] = printType(t.GetTypedResult().GetDeducedType())
	case t.GetValue() != nil:
		out["value"] = tagValue(t.GetValue())
	default:
		out["value"] = tagged{"bool": true}
	}
	return out
}

func spec(folder string) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.textproto"))
	if len(paths) == 0 {
		fail("%s has no .textproto files", folder)
	}
	sort.Strings(paths)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			fail("%v", err)
		}
		file := &test.SimpleTestFile{}
		if err := prototext.Unmarshal(text, file); err != nil {
			fail("%s: %v", path, err)
		}
		for _, section := range file.GetSection() {
			for _, t := range section.GetTest() {
				out.Encode(question(file.GetName(), section.GetName(), t))
			}
		}
	}
}

// ---- cel-go ----

func readType(text string) *cel.Type {
	inner := func(prefix string) string { return strings.TrimSuffix(strings.TrimPrefix(text, prefix), ")") }
	switch {
	case strings.HasPrefix(text, "list("):
		return cel.ListType(readType(inner("list(")))
	case strings.HasPrefix(text, "map("):
		key, value, _ := strings.Cut(inner("map("), ", ")
		return cel.MapType(readType(key), readType(value))
	}
	simple := map[string]*cel.Type{"bool": cel.BoolType, "int": cel.IntType, "uint": cel.UintType, "double": cel.DoubleType,
		"string": cel.StringType, "bytes": cel.BytesType, "null_type": cel.NullType,
		"google.protobuf.Timestamp": cel.TimestampType, "google.protobuf.Duration": cel.DurationType}
	if found := simple[text]; found != nil {
		return found
	}
	return cel.DynType
}

func readTime(text string) (int64, int64) {
	seconds, nanos, _ := strings.Cut(text, " ")
	s, _ := strconv.ParseInt(seconds, 10, 64)
	n, _ := strconv.ParseInt(nanos, 10, 64)
	return s, n
}

func readValue(v map[string]any) ref.Val {
	for kind, value := range v {
		text, _ := value.(string)
		switch kind {
		case "null":
			return types.NullValue
		case "bool":
			return types.Bool(value.(bool))
		case "int":
			i, _ := strconv.ParseInt(text, 10, 64)
			return types.Int(i)
		case "uint":
			u, _ := strconv.ParseUint(text, 10, 64)
			return types.Uint(u)
		case "double":
			d, _ := strconv.ParseFloat(text, 64)
			return types.Double(d)
		case "string":
			return types.String(text)
		case "bytes":
			b, _ := base64.StdEncoding.DecodeString(text)
			return types.Bytes(b)
		case "time":
			s, n := readTime(text)
			return types.Timestamp{Time: time.Unix(s, n).UTC()}
		case "span":
			s, n := readTime(text)
			return types.Duration{Duration: time.Duration(s)*time.Second + time.Duration(n)}
		case "list":
			items := []ref.Val{}
			for _, item := range value.([]any) {
				items = append(items, readValue(item.(map[string]any)))
			}
			return types.DefaultTypeAdapter.NativeToValue(items)
		case "map":
			entries := map[ref.Val]ref.Val{}
			for _, entry := range value.([]any) {
				pair := entry.([]any)
				entries[readValue(pair[0].(map[string]any))] = readValue(pair[1].(map[string]any))
			}
			return types.DefaultTypeAdapter.NativeToValue(entries)
		}
	}
	return types.NullValue
}

func tagResult(v ref.Val) tagged {
	switch value := v.(type) {
	case types.Null:
		return tagged{"null": nil}
	case types.Bool:
		return tagged{"bool": bool(value)}
	case types.Int:
		return tagged{"int": strconv.FormatInt(int64(value), 10)}
	case types.Uint:
		return tagged{"uint": strconv.FormatUint(uint64(value), 10)}
	case types.Double:
		return tagged{"double": printDouble(float64(value))}
	case types.String:
		return tagged{"string": string(value)}
	case types.Bytes:
		return tagged{"bytes": base64.StdEncoding.EncodeToString(value)}
	case types.Timestamp:
		return tagged{"time": printTime(value.Unix(), int32(value.Nanosecond()))}
	case types.Duration:
		return tagged{"span": printTime(int64(value.Duration/time.Second), int32(value.Duration%time.Second))}
	case traits.Lister:
		items := []any{}
		for at := value.Iterator(); at.HasNext() == types.True; {
			items = append(items, tagResult(at.Next()))
		}
		return tagged{"list": items}
	case traits.Mapper:
		entries := []any{}
		for at := value.Iterator(); at.HasNext() == types.True; {
			key := at.Next()
			entries = append(entries, []any{tagResult(key), tagResult(value.Get(key))})
		}
		return tagged{"map": entries}
	case *types.Type:
		return tagged{"type": value.TypeName()}
	}
	return tagged{"other": fmt.Sprintf("%T", v)}
}

type asked struct {
	Expr     string                    `json:"expr"`
	Types    map[string]string         `json:"types"`
	Bindings map[string]map[string]any `json:"bindings"`
}

func program(q *asked) (cel.Program, error) {
	options := []cel.EnvOption{ext.Strings(), ext.Math(), ext.Lists(), ext.Sets(), ext.Encoders(), ext.Bindings(),
		ext.TwoVarComprehensions(), cel.CrossTypeNumericComparisons(true)}
	for name, text := range q.Types {
		options = append(options, cel.Variable(name, readType(text)))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(q.Expr)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast)
}

func answer(line []byte) tagged {
	q := &asked{}
	if err := json.Unmarshal(line, q); err != nil {
		return tagged{"refused": err.Error()}
	}
	compiled, err := program(q)
	if err != nil {
		return tagged{"refused": err.Error()}
	}
	variables := map[string]any{}
	for name, value := range q.Bindings {
		variables[name] = readValue(value)
	}
	result, _, err := compiled.Eval(variables)
	if err != nil {
		return tagged{"error": err.Error()}
	}
	return tagged{"value": tagResult(result)}
}

func evaluate() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		out.Encode(answer(line))
	}
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "spec":
		spec(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "evaluate":
		evaluate()
	default:
		fail("usage: celoracle spec FOLDER | celoracle evaluate")
	}
}
