export interface Address {
  readonly hostname: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** For people: `ada@login.example:2222`. */
export function addressText({ hostname, user, port }: Address): string {
  const account = user === undefined ? '' : `${user}@`;
  const machine = hostname.includes(':') ? `[${hostname}]` : hostname;
  return `${account}${machine}${port === undefined || port === 22 ? '' : `:${port}`}`;
}
