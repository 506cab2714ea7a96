import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface RelayOptions {
  readonly targetPort: number;
  /** Default: a free one. */
  readonly listenPort?: number;
  /** Each chunk comes so much later, in both directions; a round trip takes twice as long. Default 0. */
  readonly delayMs?: number;
}

/** After so many more bytes in one direction, of all connections together, every connection is cut, or the black hole begins. */
export interface BreakPoint {
  readonly direction: Direction;
  readonly bytes: number;
  readonly how: 'cut' | 'black-hole';
}

type Direction = 'toServer' | 'toClient';

/** A bad network on loopback. It works as long as the event loop of its process does. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Bytes that were passed on. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Cuts every connection, as a firewall does that has forgotten them; later ones are let through. */
  cut(): void;
  /** Exactly so many bytes still pass. Once. */
  breakAfter(point: BreakPoint): void;
  /** While it is on nothing passes and nobody is told; afterwards all of it does, as TCP sends again what was lost. */
  blackHole(isOn: boolean): void;
  stop(): Promise<void>;
}

interface Relayed {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  /** What waits for the end of a black hole. */
  readonly held: Chunk[];
}

/** `undefined`: the end of the stream. */
type Chunk = Buffer | undefined;

export async function startTcpRelay({ targetPort, listenPort = 0, delayMs = 0 }: RelayOptions): Promise<TcpRelay> {
  const passed = { toServer: 0, toClient: 0 };
  const open = new Set<Relayed>();
  let isBlack = false;
  let breakPoint: BreakPoint | undefined;

  const cut = () => {
    breakPoint = undefined;
    for (const { from } of open) from.resetAndDestroy();
    open.clear();
  };
  const send = (relayed: Relayed, chunk: Chunk) => {
    if (isBlack) {
      relayed.held.push(chunk);
      return;
    }
    if (chunk === undefined) {
      relayed.to.end();
      return;
    }
    const { direction } = relayed;
    const end = breakPoint?.direction === direction ? breakPoint.bytes : Number.POSITIVE_INFINITY;
    const room = end - passed[direction];
    const allowed = chunk.subarray(0, Math.min(room, chunk.length));
    passed[direction] += allowed.length;
    if (room > chunk.length) relayed.to.write(allowed);
    // The last bytes shall arrive: a reset would overtake them.
    else if (breakPoint?.how === 'cut') relayed.to.write(allowed, cut);
    else {
      isBlack = true;
      breakPoint = undefined;
      relayed.to.write(allowed);
      relayed.held.push(chunk.subarray(allowed.length));
    }
  };
  const pass = (relayed: Relayed) => {
    const { from, to } = relayed;
    open.add(relayed);
    // Timers of one length fire in the order in which they were set, so the chunks stay in order.
    from.on('data', (chunk) => setTimeout(send, delayMs, relayed, chunk));
    from.on('end', () => setTimeout(send, delayMs, relayed, undefined));
    from.on('error', () => to.destroy());
    to.on('close', () => open.delete(relayed));
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const target = createConnection({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    pass({ from: client, to: target, direction: 'toServer', held: [] });
    pass({ from: target, to: client, direction: 'toClient', held: [] });
  });
  server.listen(listenPort, '127.0.0.1');
  await once(server, 'listening');

  const stop = async () => {
    server.close();
    cut();
  };
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    cut,
    breakAfter({ direction, bytes, how }) {
      breakPoint = { direction, bytes: passed[direction] + bytes, how };
    },
    blackHole(isOn) {
      isBlack = isOn;
      if (isOn) return;
      for (const relayed of open) for (const chunk of relayed.held.splice(0)) send(relayed, chunk);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

if (import.meta.main) {
  const [listenPort = 0, targetPort = 0, delayMs = 0] = process.argv.slice(2).map(Number);
  await startTcpRelay({ listenPort, targetPort, delayMs });
}
