// Serves the probe service on a free port of loopback, says which, and says which waiting calls ended.
import { once } from 'node:events';
import grpc from '@grpc/grpc-js';
import { Probe, listen, say, sparse, toPairs, toMetadata } from './probe.js';

function begin(call) {
  const echoed = toPairs(call.metadata).filter(([key]) => key.startsWith('probe-'));
  call.on('error', () => { /* the far side is gone */ });
  call.sendMetadata(toMetadata(echoed));
  return toMetadata(echoed.map(([key, value]) => [`trailer-${key}`, value]));
}

function reply(request, text, number, received = request.payload.length) {
  return sparse({ text, number, payload: Buffer.alloc(request.reply_payload_bytes), received_payload_bytes: received });
}

function failed({ failure }, trailers) {
  const metadata = trailers.clone();
  if (failure.status_details.length > 0) metadata.add('grpc-status-details-bin', failure.status_details);
  return { code: failure.code, details: failure.detail, metadata };
}

/** True when the request says to wait: the call is then left open until it is cancelled. */
function waits(call, request) {
  if (request.wait) {
    call.on('cancelled', () => say({ cancelled: request.text }));
    say({ waiting: request.text });
  }
  return request.wait;
}

function Ask(call, done) {
  const trailers = begin(call);
  const { request } = call;
  if (waits(call, request)) return;
  if (request.failure) done(failed(request, trailers));
  else done(null, reply(request, request.text, 0), trailers);
}

function Gather(call, done) {
  const trailers = begin(call);
  const requests = [];
  call.on('data', request => {
    requests.push(request);
    if (waits(call, request)) return;
    if (request.failure) done(failed(request, trailers));
  });
  call.on('end', () => {
    const last = requests.at(-1);
    if (last.failure || last.wait) return;
    const received = requests.reduce((sum, r) => sum + r.payload.length, 0);
    done(null, reply(last, requests.map(r => r.text).join(','), requests.length, received), trailers);
  });
}

async function Scatter(call) {
  const trailers = begin(call);
  const { request } = call;
  for (let number = 1; number <= request.replies; number++)
    if (!call.write(reply(request, request.text, number))) await once(call, 'drain');
  if (waits(call, request)) return;
  if (request.failure) call.emit('error', failed(request, trailers));
  else call.end(trailers);
}

function Talk(call) {
  const trailers = begin(call);
  let number = 0;
  let open = true;
  call.on('data', request => {
    if (waits(call, request)) open = false;
    if (!open) return;
    if (request.failure) {
      open = false;
      call.emit('error', failed(request, trailers));
    } else if (!call.write(reply(request, request.text, ++number))) {
      call.pause();
      call.once('drain', () => call.resume());
    }
  });
  call.on('end', () => open && call.end(trailers));
}

const server = new grpc.Server();
server.addService(Probe.service, { Ask, Gather, Scatter, Talk });
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  listen(() => { /* nothing to be told */ });
  say({ port });
});
