// SPDX-License-Identifier: Apache-2.0
// tests/bench/peer/java/CelJava.java - the rules of tests/bench/rules.json by Google's cel-java, on which Confluent's own executor
// stands (io.confluent's packages are not on Maven Central), for `tests/bench/run decode --rules`.
//
//   java -cp JARS CelJava.java EVENTS SCHEMA RULES COUNT
//
// As tests/bench/peer/go: events that bench_decode has written; rules on records that were decoded before, and decoding them too
// with Avro's own library. Every rule must hold for every event. Processor time of all threads, so that the collector's and the
// compiler's count; the first turns, in which most is compiled, do not.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.io.DataInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

public final class CelJava {
    private static final int WARM_TURNS = 4;
    private static final int TURNS = 5;
    private static final int FRAME_BYTES = 5;

    private static final Map<String, BigDecimal> CONSTANTS = new HashMap<>(); // each is read once

    private static CelFunctionDecl comparison(String name) {
        return CelFunctionDecl.newFunctionDeclaration("decimals." + name,
            CelOverloadDecl.newGlobalOverload("decimals_" + name, SimpleType.BOOL, SimpleType.DYN, SimpleType.DYN));
    }

    private static CelFunctionBinding binding(String name, IntPredicate holds) {
        return CelFunctionBinding.from("decimals_" + name, BigDecimal.class, BigDecimal.class,
            (BigDecimal a, BigDecimal b) -> holds.test(a.compareTo(b)));
    }

    private static List<CelRuntime.Program> programs(String path, int count) throws Exception {
        CelOptions options = CelOptions.current().enableRegexPartialMatch(false) // the whole text, as in Confluent's rules
            .evaluateCanonicalTypesToNativeValues(true).build();
        CelCompiler compiler = CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(options)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addVar("message", MapType.create(SimpleType.STRING, SimpleType.DYN))
            .addVar("now", SimpleType.TIMESTAMP)
            .addFunctionDeclarations(
                CelFunctionDecl.newFunctionDeclaration("decimal",
                    CelOverloadDecl.newGlobalOverload("decimal_string", SimpleType.DYN, SimpleType.STRING)),
                comparison("ge"), comparison("lt"))
            .build();
        CelRuntime runtime = CelRuntimeFactory.standardCelRuntimeBuilder()
            .setOptions(options)
            .addFunctionBindings(
                CelFunctionBinding.from("decimal_string", String.class,
                    text -> CONSTANTS.computeIfAbsent(text, BigDecimal::new)),
                binding("ge", order -> order >= 0), binding("lt", order -> order < 0))
            .build();
        List<CelRuntime.Program> out = new ArrayList<>();
        for (JsonNode rule : new ObjectMapper().readTree(new File(path)).get("domainRules")) {
            if (out.size() < count) {
                String expr = rule.get("expr").asText() // its operators take no types of others
                    .replaceAll("(message\\.income) < (decimal\\(.*\\))", "decimals.lt($1, $2)");
                out.add(runtime.createProgram(compiler.compile(expr).getAst()));
            }
        }
        return out;
    }

    private static List<byte[]> events(String path) throws Exception {
        List<byte[]> out = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(new FileInputStream(path))) {
            byte[] all = in.readAllBytes();
            ByteBuffer at = ByteBuffer.wrap(all);
            while (at.hasRemaining()) {
                int len = at.getInt();
                out.add(Arrays.copyOfRange(all, at.position() + FRAME_BYTES, at.position() + len));
                at.position(at.position() + len);
            }
        }
        return out;
    }

    private static final class Reader {
        final Schema schema;
        final GenericDatumReader<GenericRecord> reader;
        BinaryDecoder decoder;
        GenericRecord record;

        Reader(String path) throws Exception {
            schema = new Schema.Parser().parse(new File(path));
            reader = new GenericDatumReader<>(schema);
        }

        // With what cel-java takes without a conversion of its own.
        Map<String, Object> read(byte[] event) throws Exception {
            decoder = DecoderFactory.get().binaryDecoder(event, decoder);
            record = reader.read(record, decoder);
            Map<String, Object> out = new HashMap<>();
            for (Schema.Field field : schema.getFields()) {
                Object value = record.get(field.pos());
                switch (field.name()) {
                    case "birth_date":
                        out.put(field.name(), Instant.ofEpochSecond((Integer) value * 86400L));
                        break;
                    case "occurred_at":
                        long us = (Long) value;
                        out.put(field.name(), Instant.ofEpochSecond(us / 1000000, us % 1000000 * 1000));
                        break;
                    case "income":
                        ByteBuffer bytes = (ByteBuffer) value;
                        byte[] unscaled = new byte[bytes.remaining()];
                        bytes.duplicate().get(unscaled);
                        out.put(field.name(), new BigDecimal(new BigInteger(unscaled), 2));
                        break;
                    default:
                        if (value != null) { // has() of a map is whether the key is there
                            out.put(field.name(), value instanceof Long || value instanceof Boolean ? value : value.toString());
                        }
                }
            }
            return out;
        }
    }

    private interface Turn {
        void run() throws Exception;
    }

    private static double cpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    // Nanoseconds of processor time an event: the median turn.
    private static double measured(int events, Turn turn) throws Exception {
        double[] seconds = new double[TURNS];
        for (int i = -WARM_TURNS; i < TURNS; i++) {
            System.gc();
            double begun = cpuSeconds();
            turn.run();
            if (i >= 0) {
                seconds[i] = cpuSeconds() - begun;
            }
        }
        Arrays.sort(seconds);
        return seconds[TURNS / 2] * 1e9 / events;
    }

    private static void hold(List<CelRuntime.Program> programs, Map<String, Object> variables) throws Exception {
        for (int i = 0; i < programs.size(); i++) {
            if (!programs.get(i).eval(variables).equals(true)) {
                throw new IllegalStateException("rule " + (i + 1) + " does not hold");
            }
        }
    }

    public static void main(String[] args) throws Exception {
        List<byte[]> events = events(args[0]);
        Reader reader = new Reader(args[1]);
        List<CelRuntime.Program> programs = programs(args[2], Integer.parseInt(args[3]));
        Map<String, Object> variables = new HashMap<>();
        variables.put("now", Instant.ofEpochSecond(1800000000L));
        List<Map<String, Object>> records = new ArrayList<>();
        for (byte[] event : events) {
            records.add(reader.read(event));
        }
        double rules = measured(events.size(), () -> {
            for (Map<String, Object> record : records) {
                variables.put("message", record);
                hold(programs, variables);
            }
        });
        records.clear();
        double both = measured(events.size(), () -> {
            for (byte[] event : events) {
                variables.put("message", reader.read(event));
                hold(programs, variables);
            }
        });
        System.out.printf("{\"events\":%d,\"rules\":%d,\"rules_ns\":%.1f,\"decode_and_rules_ns\":%.1f}%n", events.size(),
            programs.size(), rules, both);
    }
}
