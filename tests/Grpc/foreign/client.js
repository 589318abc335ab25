// Makes the calls that the test writes to stdin, a line a call, and answers each with a line. {"cancel": id} gives a call up.
import { once } from 'node:events';
import grpc from '@grpc/grpc-js';
import { Absent, Probe, listen, say, sparse, toMetadata, toPairs } from './probe.js';

const channels = new Map();
const running = new Map();

function channel(Service, address, gzip) {
  const key = `${Service.serviceName} ${address} ${gzip}`;
  if (!channels.has(key)) {
    const options = gzip ? { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip } : {};
    channels.set(key, new Service(address, grpc.credentials.createInsecure(), options));
  }
  return channels.get(key);
}

function toRequest(request) {
  const failure = request.failure && { ...request.failure, status_details: Buffer.from(request.failure.status_details, 'base64') };
  const { payload_bytes: length, ...fields } = request;
  return sparse({ ...fields, failure, payload: Buffer.alloc(length) });
}

function start(call, onReply) {
  const service = channel(call.kind === 'Absent' ? Absent : Probe, call.address, call.gzip);
  const metadata = toMetadata(call.metadata);
  const options = call.deadline_ms === null ? {} : { deadline: Date.now() + call.deadline_ms };
  const single = (error, reply) => error ?? onReply(reply);
  const [first] = call.requests.map(toRequest);
  switch (call.kind) {
    case 'Ask': case 'Absent': return service.Ask(first, metadata, options, single);
    case 'Gather': return service.Gather(metadata, options, single);
    case 'Scatter': return service.Scatter(first, metadata, options).on('data', onReply);
    case 'Talk': return service.Talk(metadata, options).on('data', onReply);
    default: throw new Error(`unknown kind of call: ${call.kind}`);
  }
}

async function send(stream, call) {
  for (const request of call.requests)
    if (!stream.write(toRequest(request))) await once(stream, 'drain');
  if (call.ends) stream.end();
}

function run(call) {
  const outcome = { id: call.id, headers: [], replies: [] };
  const stream = start(call, reply => outcome.replies.push({
    text: reply.text, number: reply.number, payload_bytes: reply.payload.length, received_payload_bytes: reply.received_payload_bytes,
  }));
  running.set(call.id, stream);
  stream.on('metadata', metadata => { outcome.headers = toPairs(metadata); });
  stream.on('error', () => { /* 'status' says the same, with more. */ });
  stream.on('status', status => {
    running.delete(call.id);
    say({ ...outcome, code: status.code, detail: status.details, trailers: toPairs(status.metadata) });
  });
  if (call.kind === 'Gather' || call.kind === 'Talk') send(stream, call).catch(() => { /* the status says why */ });
}

listen(line => (line.cancel ? running.get(line.cancel)?.cancel() : run(line)));
say({ ready: true });
