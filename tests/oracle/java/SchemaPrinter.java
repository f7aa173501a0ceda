// SPDX-License-Identifier: Apache-2.0
// tests/oracle/java/SchemaPrinter.java - a schema as Avro's own library prints it.
//
// One JSON array a line on standard input, ["schema", "reference", …] with each schema's text as a string; one JSON
// object a line on standard output: {"stored": …, "resolved": …}, the first with the references' types by name only,
// or {"refused": why}.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.avro.Schema;

public final class SchemaPrinter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static void gatherNamed(Schema schema, Set<Schema> found) {
        switch (schema.getType()) {
            case RECORD:
                if (found.add(schema)) {
                    schema.getFields().forEach(field -> gatherNamed(field.schema(), found));
                }
                break;
            case ENUM:
            case FIXED:
                found.add(schema);
                break;
            case ARRAY:
                gatherNamed(schema.getElementType(), found);
                break;
            case MAP:
                gatherNamed(schema.getValueType(), found);
                break;
            case UNION:
                schema.getTypes().forEach(branch -> gatherNamed(branch, found));
                break;
            default:
                break;
        }
    }

    @SuppressWarnings("deprecation") // toString with known schemas
    private static ObjectNode answer(JsonNode texts) {
        ObjectNode out = JSON.createObjectNode();
        try {
            Schema.Parser parser = new Schema.Parser();
            Set<Schema> referenced = new LinkedHashSet<>();
            for (int i = 1; i < texts.size(); i++) {
                gatherNamed(parser.parse(texts.get(i).textValue()), referenced);
            }
            Schema schema = parser.parse(texts.get(0).textValue());
            out.put("stored", schema.toString(referenced, false));
            out.put("resolved", schema.toString());
            return out;
        } catch (RuntimeException refused) {
            return out.removeAll().put("refused", refused.toString());
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
