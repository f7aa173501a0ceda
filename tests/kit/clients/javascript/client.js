// SPDX-License-Identifier: Apache-2.0
// One turn of an agency that writes JavaScript: unmodified KafkaJS and its schema registry client.
//
// The task comes as JSON in the first argument, what came of it goes to standard output as JSON; tests/kit/clients.py
// tells both. Keys are the id's text.
"use strict";

const { Kafka, logLevel } = require("kafkajs");
const { SchemaRegistry } = require("@kafkajs/confluent-schema-registry");

const AVRO = "AVRO";

async function registry(task, out) {
  const auth = task.name ? { username: task.name, password: task.secret } : undefined;
  const client = new SchemaRegistry({ host: task.url, auth, clientId: "nrc-test" });
  const subject = `${task.topic}-value`;
  const schema = { type: AVRO, schema: task.schema };
  out.id = (await client.register(schema, { subject })).id;
  out.again = (await client.register(schema, { subject })).id;
  out.found = await client.getRegistryIdBySchema(subject, schema);
  out.latest = await client.getLatestSchemaId(subject);
  out.by_version = await client.getRegistryId(subject, task.version);
  try {
    await client.register({ type: AVRO, schema: task.incompatible }, { subject });
    out.refused = 200;
  } catch (error) {
    out.refused = error.status;
    out.reason = error.message;
  }
  return client;
}

async function produce(task, kafka, client, id) {
  const producer = kafka.producer();
  await producer.connect();
  const messages = [];
  for (const row of task.rows) {
    messages.push({ key: row.id, value: await client.encode(id, row), partition: 0 });
  }
  await producer.send({ topic: task.topic, messages, acks: -1 });
  await producer.disconnect();
}

async function consume(task, kafka, client) {
  const rows = [];
  const consumer = kafka.consumer({ groupId: `${task.topic}-javascript` });
  await consumer.connect();
  await consumer.subscribe({ topic: task.topic, fromBeginning: true });
  await new Promise((resolve, reject) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        try {
          rows.push(await client.decode(message.value));
        } catch (error) {
          reject(error);
        }
        if (rows.length === task.expect) {
          resolve();
        }
      },
    }).catch(reject);
  });
  await consumer.disconnect();
  return rows;
}

async function main() {
  const task = JSON.parse(process.argv[2]);
  const out = {};
  const kafka = new Kafka({ clientId: "nrc-test", brokers: [task.bootstrap], logLevel: logLevel.NOTHING });
  const client = await registry(task, out);
  await produce(task, kafka, client, out.id);
  out.rows = await consume(task, kafka, client);
  process.stdout.write(JSON.stringify(out));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
