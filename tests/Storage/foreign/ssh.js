// An SSH server on loopback that knows one user by password, and gives SFTP by the program that is named: ssh.js HOST_KEY PASSWORD SFTP_SERVER
// Prints its port. Ends with its standard input.
const { readFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const { Server } = require('ssh2');

const [, , hostKey, passwordFile, sftpServer] = process.argv;
const password = readFileSync(passwordFile, 'utf8');
const server = new Server({ hostKeys: [readFileSync(hostKey)] }, client => {
  client.on('error', () => {});
  client.on('authentication', context =>
    context.method === 'password' && context.username === 'clips' && context.password === password ? context.accept() : context.reject(['password']));
  client.on('session', accept => {
    accept().on('subsystem', (open, reject, info) => {
      if (info.name !== 'sftp') return reject();
      const channel = open();
      const sftp = spawn(sftpServer, [], { stdio: ['pipe', 'pipe', 'ignore'] });
      channel.pipe(sftp.stdin);
      sftp.stdout.pipe(channel);
      channel.on('close', () => sftp.kill());
      sftp.stdin.on('error', () => {});
    });
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
