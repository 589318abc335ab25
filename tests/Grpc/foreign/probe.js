// What the foreign client and server share: the service's description, metadata as lists, lines of JSON.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const definition = loader.loadSync(fileURLToPath(new URL('./probe.proto', import.meta.url)), { keepCase: true, defaults: true });

export const { Probe, Absent } = grpc.loadPackageDefinition(definition).streamclips.probe;

/** [[key, text or base64], …] as metadata. */
export function toMetadata(pairs) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of pairs) metadata.add(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  return metadata;
}

/** Metadata as [[key, text or base64], …]. */
export function toPairs(metadata) {
  return Object.keys(metadata?.toJSON() ?? {}).flatMap(key =>
    metadata.get(key).map(value => [key, Buffer.isBuffer(value) ? value.toString('base64') : value]));
}

/** A message without the fields that have their default value, as protobuf wants it on the wire; this library would write them. */
export function sparse(message) {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => value?.length !== 0 && Boolean(value)));
}

export function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Hears the test's lines; when the test is gone, so is this program. */
export function listen(onLine) {
  createInterface({ input: process.stdin })
    .on('line', line => onLine(JSON.parse(line)))
    .on('close', () => process.exit(0));
}
