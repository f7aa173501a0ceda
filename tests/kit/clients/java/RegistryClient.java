// SPDX-License-Identifier: Apache-2.0
// One turn of an agency that writes Java: Kafka's own clients with Confluent's serialisers, as Pulsar shades them.
//
// The task comes as JSON in the first argument, what came of it goes to standard output as JSON; tests/kit/clients.py
// tells both. Keys are the id's text.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.pulsar.kafka.shade.avro.Schema;
import org.apache.pulsar.kafka.shade.avro.generic.GenericData;
import org.apache.pulsar.kafka.shade.avro.generic.GenericRecord;
import org.apache.pulsar.kafka.shade.io.confluent.kafka.schemaregistry.avro.AvroSchema;
import org.apache.pulsar.kafka.shade.io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import org.apache.pulsar.kafka.shade.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.pulsar.kafka.shade.io.confluent.kafka.serializers.KafkaAvroDeserializer;
import org.apache.pulsar.kafka.shade.io.confluent.kafka.serializers.KafkaAvroSerializer;

public final class RegistryClient {
    private final JsonNode task;
    private final ObjectMapper json = new ObjectMapper();
    private final ObjectNode out = json.createObjectNode();
    private final String topic;
    private final Map<String, Object> settings = new HashMap<>();

    private RegistryClient(String text) throws Exception {
        task = json.readTree(text);
        topic = task.get("topic").asText();
        settings.put("schema.registry.url", task.get("url").asText());
        settings.put("bootstrap.servers", task.get("bootstrap").asText());
        if (task.hasNonNull("name")) {
            settings.put("basic.auth.credentials.source", "USER_INFO");
            settings.put("basic.auth.user.info", task.get("name").asText() + ":" + task.get("secret").asText());
        }
    }

    /** The serialiser registers the schema by itself, with the first record. */
    private void produce() throws Exception {
        Schema schema = new Schema.Parser().parse(task.get("schema").asText());
        KafkaAvroSerializer serializer = new KafkaAvroSerializer();
        serializer.configure(settings, false);
        try (KafkaProducer<String, Object> producer =
                new KafkaProducer<>(settings, new StringSerializer(), serializer)) {
            for (JsonNode row : task.get("rows")) {
                GenericRecord record = new GenericData.Record(schema);
                record.put("id", row.get("id").asText());
                record.put("seq", row.get("seq").asLong());
                record.put("clinic", row.get("clinic").asText());
                record.put("note", row.hasNonNull("note") ? row.get("note").asText() : null);
                producer.send(new ProducerRecord<>(topic, row.get("id").asText(), record)).get();
            }
        }
    }

    /** The id in the bytes of a record that is sent with use.schema.id. */
    private int told(int id) throws Exception {
        Map<String, Object> more = new HashMap<>(settings);
        more.put("auto.register.schemas", false);
        more.put("use.schema.id", id);
        KafkaAvroSerializer serializer = new KafkaAvroSerializer();
        serializer.configure(more, false);
        GenericRecord record = new GenericData.Record(new Schema.Parser().parse(task.get("schema").asText()));
        record.put("id", "told");
        record.put("seq", 0L);
        record.put("clinic", "");
        return ByteBuffer.wrap(serializer.serialize(topic, record)).getInt(1);
    }

    private void registry() throws Exception {
        CachedSchemaRegistryClient client = new CachedSchemaRegistryClient(task.get("url").asText(), 100, settings);
        String subject = topic + "-value";
        AvroSchema schema = new AvroSchema(task.get("schema").asText());
        AvroSchema incompatible = new AvroSchema(task.get("incompatible").asText());
        out.put("id", client.getId(subject, schema));
        out.put("again", client.register(subject, schema));
        out.put("found", client.getSchemaMetadata(subject, client.getVersion(subject, schema)).getId());
        out.put("latest", client.getLatestSchemaMetadata(subject).getId());
        out.put("told", told(client.getId(subject, schema)));
        out.put("by_version", client.getSchemaMetadata(subject, task.get("version").asInt()).getId());
        if (client.testCompatibility(subject, incompatible)) {
            throw new IllegalStateException("an incompatible schema was called compatible");
        }
        if (client.testCompatibilityVerbose(subject, incompatible).isEmpty()) {
            throw new IllegalStateException("no reason was given");
        }
        try {
            client.register(subject, incompatible);
            out.put("refused", 200);
        } catch (RestClientException refused) {
            out.put("refused", refused.getErrorCode());
            out.put("reason", refused.getMessage());
        }
        if (task.has("name")) { // a producer may name the level in force
            client.updateCompatibility(subject, "BACKWARD");
            return;
        }
        client.updateCompatibility(subject, "FULL");
        if (!client.getCompatibility(subject).equals("FULL")) {
            throw new IllegalStateException("the level was not kept");
        }
        client.deleteCompatibility(subject);
        if (!client.getAllSubjects().contains(subject) || !client.getMode().equals("READWRITE")) {
            throw new IllegalStateException("subjects or mode");
        }
    }

    private void consume() {
        KafkaAvroDeserializer deserializer = new KafkaAvroDeserializer();
        deserializer.configure(settings, false);
        ArrayNode rows = out.putArray("rows");
        try (KafkaConsumer<String, Object> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), deserializer)) {
            List<TopicPartition> all = List.of(new TopicPartition(topic, 0));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            while (rows.size() < task.get("expect").asInt()) {
                for (ConsumerRecord<String, Object> message : consumer.poll(Duration.ofMillis(500))) {
                    add(rows, (GenericRecord) message.value());
                }
            }
        }
    }

    private static void add(ArrayNode rows, GenericRecord record) {
        Object note = record.getSchema().getField("note") != null ? record.get("note") : null;
        ObjectNode row = rows.addObject();
        row.put("id", record.get("id").toString());
        row.put("seq", (Long) record.get("seq"));
        row.put("clinic", record.get("clinic").toString());
        row.put("note", note != null ? note.toString() : null);
    }

    public static void main(String[] args) throws Exception {
        RegistryClient client = new RegistryClient(args[0]);
        client.produce();
        client.registry();
        client.consume();
        System.out.println(client.out);
    }
}
