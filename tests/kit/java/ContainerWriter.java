// SPDX-License-Identifier: Apache-2.0
// Container files by Avro's own library: one for each codec that is named, with the same events.
//
// java -cp avro-lib/VERSION/*:kafka-lib/* ContainerWriter.java SCHEMA EVENTS FOLDER CODEC...
// EVENTS: lines of Avro's JSON encoding. Writes FOLDER/CODEC.avro. Zstandard and Snappy are Kafka's jars.

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;

public final class ContainerWriter {
    private static final int SYNC_BYTES = 512; // of a block: a file of a few events has several

    public static void main(String[] args) throws Exception {
        Schema schema = new Schema.Parser().parse(new File(args[0]));
        List<String> lines = Files.readAllLines(Path.of(args[1]));
        GenericDatumReader<Object> reader = new GenericDatumReader<>(schema);
        for (String codec : List.of(args).subList(3, args.length)) {
            try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
                writer.setCodec(CodecFactory.fromString(codec)).setSyncInterval(SYNC_BYTES);
                writer.create(schema, new File(args[2], codec + ".avro"));
                for (String line : lines) {
                    writer.append(reader.read(null, DecoderFactory.get().jsonDecoder(schema, line)));
                }
            }
        }
    }
}
