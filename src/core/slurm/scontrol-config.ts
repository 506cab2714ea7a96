/** `scontrol show config`: one `Key = value` a line. */
export function parseScontrolConfig(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^(\S+)[ \t]+=[ \t]*(.*)$/gm)].map(([, key = '', value = '']) => [key, value.trim()] as const),
  );
}

export interface ClusterFacts {
  readonly clusterName: string;
  readonly controller: string;
  readonly version: string;
  readonly accounting: boolean;
  readonly minJobAgeSeconds: number;
  readonly maxArraySize: number;
}

export function clusterFacts(config: ReadonlyMap<string, string>): ClusterFacts {
  const number = (key: string, fallback: number): number => {
    const value = Number.parseInt(config.get(key) ?? '', 10);
    return Number.isNaN(value) ? fallback : value;
  };
  const controller = config.get('SlurmctldHost[0]') ?? config.get('ControlMachine') ?? '';
  return {
    clusterName: config.get('ClusterName') ?? 'unknown',
    // `host(address)`: the name is what stays.
    controller: controller.replace(/\(.*$/, ''),
    version: config.get('SLURM_VERSION') ?? 'unknown',
    accounting: !['accounting_storage/none', '(null)', ''].includes(config.get('AccountingStorageType') ?? ''),
    minJobAgeSeconds: number('MinJobAge', 300),
    maxArraySize: number('MaxArraySize', 1001),
  };
}

/** `slurm 26.05.3`, `slurm-wlm 22.05.8`. */
export function parseVersion(text: string): string | undefined {
  return /\b(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}
