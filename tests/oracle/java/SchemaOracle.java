// SPDX-License-Identifier: Apache-2.0
// tests/oracle/java/SchemaOracle.java - what Avro's own library makes of a schema.
//
// One schema a line on standard input, one JSON object a line on standard output: {"canonical", "crc64", "sha256",
// "defaults": [hex, null, or {"thrown": why}, of each field of a root record]}, or {"refused": why}.
//
// The line "letters" is answered by what this Java says of each UTF-16 unit: L letter, D digit, u unassigned, . else.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.parsing.ResolvingGrammarGenerator;
import org.apache.avro.util.internal.Accessor;

public final class SchemaOracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            out.append(String.format("%02x", b));
        }
        return out.toString();
    }

    private static void putDefault(ArrayNode out, Schema.Field field) throws Exception {
        JsonNode value = Accessor.defaultValue(field);
        if (value == null) {
            out.addNull();
            return;
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            ResolvingGrammarGenerator.encode(encoder, field.schema(), value);
            encoder.flush();
            out.add(hex(bytes.toByteArray()));
        } catch (RuntimeException thrown) {
            out.addObject().put("thrown", thrown.toString());
        }
    }

    private static ObjectNode letters() {
        StringBuilder out = new StringBuilder();
        for (int unit = 0; unit < 0x10000; unit++) {
            char c = (char) unit;
            out.append(Character.isLetter(c) ? 'L' : Character.isLetterOrDigit(c) ? 'D' : Character.isDefined(c) ? '.' : 'u');
        }
        return JSON.createObjectNode().put("letters", out.toString());
    }

    private static ObjectNode answer(String text) throws Exception {
        ObjectNode out = JSON.createObjectNode();
        try {
            Schema schema = new Schema.Parser().parse(text);
            out.put("canonical", SchemaNormalization.toParsingForm(schema));
            out.put("crc64", String.format("%016x", SchemaNormalization.parsingFingerprint64(schema)));
            out.put("sha256", hex(SchemaNormalization.parsingFingerprint("SHA-256", schema)));
            ArrayNode defaults = out.putArray("defaults");
            if (schema.getType() == Schema.Type.RECORD) {
                for (Schema.Field field : schema.getFields()) {
                    putDefault(defaults, field);
                }
            }
            return out;
        } catch (RuntimeException refused) {
            return out.removeAll().put("refused", refused.toString());
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(line.equals("letters") ? letters() : answer(line)));
        }
    }
}
