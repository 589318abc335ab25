// An S3-compatible server on loopback with a bucket `clips`: s3.js DIRECTORY PORT. Prints its port. Ends with its standard input.
const S3rver = require('s3rver');

const [, , directory, port] = process.argv;
new S3rver({ address: '127.0.0.1', port: Number(port), silent: true, directory, configureBuckets: [{ name: 'clips' }] })
  .run()
  .then(address => console.log(address.port));
process.stdin.on('end', () => process.exit()).resume();
