// What a Node.js program on kafkajs does on its first day.
//
// usage: node check.js BOOTSTRAP first|second     "second" comes after the server was killed and started again
'use strict'

const assert = require('node:assert')
const { CompressionTypes, Kafka, logLevel } = require('kafkajs')

const [bootstrap, phase] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'check', brokers: [bootstrap], logLevel: logLevel.NOTHING })
const topic = 'js-orders'
const group = 'js-group'
const perCodec = 40
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP }
const patience = 60000

function within(promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), patience)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function create() {
  const admin = kafka.admin()
  await admin.connect()
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }), true)
  assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }), false, 'made twice')
  await admin.disconnect()
}

async function produce() {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [name, compression] of Object.entries(codecs)) {
    const messages = Array.from({ length: perCodec }, (_, number) => ({
      key: number % 4 === 0 ? null : `${name}-${number}`,
      value: `${name}:${number}`,
      headers: { codec: name },
    }))
    await producer.send({ topic, compression, acks: -1, messages })
  }
  await producer.disconnect()
}

// Members of the group read until `enough` values that `wanted` takes have come.
async function consume(members, enough, wanted) {
  const read = new Set()
  const consumers = []
  let done
  const all = new Promise((resolve) => (done = resolve))
  for (let index = 0; index < members; index++) {
    const consumer = kafka.consumer({ groupId: group, sessionTimeout: 10000, heartbeatInterval: 500 })
    consumers.push(consumer)
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        const value = message.value.toString()
        assert(wanted(value), `${value} was committed before`)
        read.add(value)
        if (read.size >= enough) done()
      },
    })
  }
  await within(all, `${enough} records`)
  for (const consumer of consumers) await consumer.disconnect()
}

async function admin() {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'js-admin', numPartitions: 1 }] })
  await admin.createPartitions({ topicPartitions: [{ topic: 'js-admin', count: 3 }] })
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: 'js-admin', configNames: ['cleanup.policy'] }],
  })
  assert.equal(described.resources[0].configEntries[0].configValue, 'delete')
  const offsets = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  const sum = offsets[0].partitions.reduce((sum, it) => sum + Number(it.offset), 0)
  assert.equal(sum, perCodec * Object.keys(codecs).length, 'everything is committed')
  const { groups } = await admin.listGroups()
  assert(groups.some((it) => it.groupId === group))
  await admin.deleteTopics({ topics: ['js-admin'] })
  await admin.disconnect()
}

async function resume() {
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: 9 }, (_, number) => ({ value: `after:${number}`, partition: number % 3 }))
  await producer.send({ topic, messages })
  await producer.disconnect()
  await consume(1, 9, (value) => value.startsWith('after:'))
}

async function deleteGroup() {
  const admin = kafka.admin()
  await admin.connect()
  const [deleted] = await admin.deleteGroups([group])
  assert(!deleted.errorCode)
  await admin.disconnect()
}

async function run(name, step) {
  const began = Date.now()
  try {
    await within(step(), name)
  } catch (why) {
    console.log(`FAIL kafkajs: ${name}: ${why.stack}`)
    process.exit(1)
  }
  console.log(`ok   kafkajs: ${name} (${Date.now() - began} ms)`)
}

async function main() {
  if (phase === 'first') {
    await run('create a topic, once', create)
    await run('produce with its codecs', produce)
    await run('two members share a group', () => consume(2, 80, () => true))
    await run('admin calls', admin)
  } else {
    await run('the group goes on where it committed', resume)
    await run('delete a group', deleteGroup)
  }
}

main()
