// SPDX-License-Identifier: Apache-2.0
// tests/oracle/java/CompatOracle.java - Avro's own answer to "may this reader read what this writer wrote?".
//
// One JSON array [reader, writer] a line on standard input, one JSON object a line on standard output:
// {"compatible": …, "faults": [{"type", "location", "reader", "writer"}, …]} with each fault once,
// {"refused": why} when a schema is none, {"thrown": why} when the check itself gives up.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

public final class CompatOracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode fault(Incompatibility found) {
        ObjectNode out = JSON.createObjectNode();
        out.put("type", found.getType().name());
        out.put("location", found.getLocation());
        out.put("reader", found.getReaderFragment().getType().getName());
        out.put("writer", found.getWriterFragment().getType().getName());
        return out;
    }

    private static ObjectNode answer(JsonNode pair) {
        ObjectNode out = JSON.createObjectNode();
        Schema reader;
        Schema writer;
        try {
            reader = new Schema.Parser().parse(pair.get(0).toString());
            writer = new Schema.Parser().parse(pair.get(1).toString());
        } catch (AvroRuntimeException refused) {
            return out.put("refused", String.valueOf(refused.getMessage()));
        }
        try {
            SchemaCompatibility.SchemaCompatibilityResult result =
                SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
            Set<ObjectNode> faults = new LinkedHashSet<>();
            for (Incompatibility found : result.getIncompatibilities()) {
                faults.add(fault(found));
            }
            out.put("compatible", result.getCompatibility() == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
            ArrayNode list = out.putArray("faults");
            faults.forEach(list::add);
            return out;
        } catch (AvroRuntimeException thrown) {
            return out.put("thrown", String.valueOf(thrown.getMessage()));
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
    }
}
