import { createConnection, createServer, type Socket } from 'node:net';

/**
 * A slow network on loopback: passes every connection on to another port, each chunk `delayMs` later, in both directions
 * (a round trip takes twice as long).
 */
export function startTcpRelay(options: {
  readonly listenPort: number;
  readonly targetPort: number;
  readonly delayMs: number;
}): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = createConnection({
      port: options.targetPort,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    pass(client, target, options.delayMs);
    pass(target, client, options.delayMs);
  });
  server.listen(options.listenPort, '127.0.0.1');
}

/** Timers of one length fire in the order in which they were set, so the chunks stay in order. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
}

if (import.meta.main) {
  const [listenPort = 0, targetPort = 0, delayMs = 0] = process.argv.slice(2).map(Number);
  startTcpRelay({ listenPort, targetPort, delayMs });
}
