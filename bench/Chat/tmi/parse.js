// Measures how many lines a second tmi.js reads on one core: parse.js LINES SECONDS REPEATS
// Prints {"client": lines/s, "parser": lines/s}: its client, which gives an application its messages, and its bare parser.
const fs = require('fs');
const tmi = require('tmi.js');
const parser = require('tmi.js/lib/parser');

const [file, seconds, repeats] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
// As a WebSocket hands them on: some lines a message.
const messages = [];
const lines = fs.readFileSync(file, 'utf8').split('\r\n').filter(l => l);
for (let i = 0; i < lines.length; i += 16) messages.push(lines.slice(i, i + 16).join('\r\n') + '\r\n');

const client = new tmi.Client({ channels: ['channel'], logger: { info() {}, warn() {}, error() {} } });
let heard = 0;
client.on('message', () => heard++);

function median(read) {
  const rates = [];
  for (let i = 0; i <= repeats; i++) {
    const begun = process.cpuUsage();
    let done = 0, took = 0;
    while (took < seconds) {
      for (const data of messages) read(data);
      done += lines.length;
      const used = process.cpuUsage(begun);
      took = (used.user + used.system) / 1e6;
    }
    if (i > 0) rates.push(done / took); // the first one only warms up
  }
  return rates.sort((a, b) => a - b)[rates.length >> 1];
}

const ofClient = median(data => client._onMessage({ data }));
if (heard === 0) throw new Error('tmi.js gave no message');
const ofParser = median(data => data.trim().split('\r\n').forEach(line => parser.msg(line)));
console.log(JSON.stringify({ client: ofClient, parser: ofParser }));
