import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

/**
 * Who may import whom, by the first folder below `src`; every layer may import itself. The reasons stand in
 * docs/architecture.md.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  contract: ['core'],
  templates: ['core'],
  shell: ['core'],
  sync: ['core', 'shell'],
  store: ['core', 'shell/disk', 'shell/sqlite'],
  cluster: ['core', 'shell'],
  notify: ['core'],
  engine: ['core', 'cluster/cluster', 'notify/channel', 'store', 'shell/shell'],
  app: ['core', 'contract', 'templates', 'shell', 'sync', 'store', 'cluster', 'notify', 'engine'],
  cli: ['app', 'core', 'contract'],
  server: ['app', 'core', 'contract'],
  mcp: ['app', 'core', 'contract'],
  main: [
    'core',
    'contract',
    'templates',
    'shell',
    'sync',
    'store',
    'cluster',
    'notify',
    'engine',
    'app',
    'cli',
    'server',
    'mcp',
  ],
  'index.ts': ['core', 'contract', 'templates', 'shell', 'sync', 'store', 'cluster', 'notify', 'engine', 'app', 'main'],
};

/** Packages that the pure layers may use. */
const purePackages = new Set(['zod', 'yaml', 'jsonc-parser']);
const pureLayers = new Set(['core', 'contract']);

export interface LayerViolation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Every import below `source` that the table forbids. Tests may import anything. */
export function checkLayers(source: string): LayerViolation[] {
  return listSources(source).flatMap((file) => {
    const layer = layerOf(source, file);
    if (mayImport[layer] === undefined) {
      const message = `\`${layer}\` is not a layer: add it to the table or move the file`;
      return [{ file: relative(source, file), line: 1, message }];
    }
    const text = readFileSync(file, 'utf8');
    return importsOf(file, text).flatMap(({ specifier, start }) => {
      const message = judge(source, file, specifier);
      const line = text.slice(0, start).split('\n').length;
      return message === undefined ? [] : [{ file: relative(source, file), line, message }];
    });
  });
}

function judge(source: string, file: string, specifier: string): string | undefined {
  const layer = layerOf(source, file);
  const allowed = mayImport[layer] ?? [];
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    return pureLayers.has(layer) && !purePackages.has(name)
      ? `${layer} must stay pure: no import of ${specifier}`
      : undefined;
  }
  const target = resolve(dirname(file), specifier);
  const targetPath = relative(source, target).split(sep).join('/');
  const targetLayer = layerOf(source, target);
  if (targetLayer === layer) return undefined;
  const permitted = allowed.some((entry) => entry === targetLayer || `${entry}.ts` === targetPath);
  return permitted ? undefined : `${layer} must not import ${targetPath}`;
}

function layerOf(source: string, file: string): string {
  return relative(source, file).split(sep)[0] ?? '';
}

function importsOf(file: string, text: string): { specifier: string; start: number }[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found = module.staticImports.map(({ moduleRequest, start }) => ({ specifier: moduleRequest.value, start }));
  for (const { entries, start } of module.staticExports) {
    for (const { moduleRequest } of entries) if (moduleRequest) found.push({ specifier: moduleRequest.value, start });
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"`])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) found.push({ specifier: literal[2], start });
  }
  return found;
}

function listSources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

if (import.meta.main) {
  const violations = checkLayers(join(import.meta.dirname, '..', '..', 'src'));
  for (const { file, line, message } of violations) console.error(`src/${file}:${line}: ${message}`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
