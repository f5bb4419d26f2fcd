// What a laboratory's script does with the client that is generated from the portal's description: a batch, a sample, a dot, a file
// and the curve of its result. Compiled strictly, so that a wrong or missing name in the description fails here.
import { readFileSync } from 'node:fs';
import * as portal from './portal/index.js';
import { client } from './portal/client.gen.js';

client.setConfig({ baseUrl: process.env.PQD_PORTAL!, auth: () => process.env.PQD_TOKEN! });

const me = must(await portal.getMe());
const project = me.projects[0]!;

const batch = must(await portal.makeBatch({ body: { project: project.code, name: 'night one', formula: 'Cs0.2FA0.8PbBr3', method: 'hot-injection', edgeLength: 9.1 } }));
const sample = must(await portal.makeSample({ body: { batch: batch.code, form: 'isolated-dots', matrix: 'pmma' } }));
const dots = must(await portal.addDots({ path: { code: sample.code }, body: { count: 2 } }));
const dot = dots[0]!;

const changed = await portal.changeDot({ path: { code: dot.code }, body: { emissionPeak: 518.2 }, headers: { 'If-Match': `"${dot.version}"` } });
const stale = await portal.changeDot({ path: { code: dot.code }, body: { emissionPeak: 520 }, headers: { 'If-Match': `"${dot.version}"` } });
if (stale.error?.status !== 412 || stale.error.changes?.[0]?.field !== 'emissionPeak') throw new Error(`Not told of the change in between: ${JSON.stringify(stale.error)}`);

const bytes = readFileSync(process.env.PQD_FILE!);
const taken = must(await portal.uploadFile({ query: { name: `${dot.label}.ptu`, to: dot.code }, body: new Blob([bytes]), headers: { 'Content-Length': String(bytes.length) } as never }));
const run = await until(async () => must(await portal.getRun({ path: { id: taken.run } })), run => run.reading !== 'waiting' && run.reading !== 'reading');
if (run.reading !== 'read') throw new Error(`${run.reading}: ${run.readingMessage}`);

const asked = must(await portal.askAnalysis({ body: { run: run.id, kind: 'g2.cw', parameters: { bin_ps: 1000 } } }));
const analysis = await until(async () => must(await portal.getAnalysis({ path: { id: asked.id } })), entry => entry.state !== 'queued' && entry.state !== 'running');
if (analysis.state !== 'done') throw new Error(`${analysis.state}: ${analysis.message}`);
const curve = must(await portal.getCurve({ path: { id: analysis.id, name: 'g2' } }));
const report = must(await portal.getReport({ path: { id: analysis.id } }));

console.log(JSON.stringify({
  batch: batch.code, dot: dot.code, peak: must(changed).emissionPeak, bytes: taken.bytes, photons: run.files[0]!.bytes,
  points: curve.x.values.length, same: curve.y!.values.length === curve.x.values.length, unit: curve.x.unit,
  g2: report.quantities['g2_0_raw']?.value ?? null, dots: must(await portal.listDots({ query: { batch: batch.code } })).total,
}));

/** The answer of the portal; what it refuses is told as it says it. */
function must<T>(answer: { data?: T; error?: unknown; response?: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response?.status} ${answer.response?.url}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; ;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > end) throw new Error(`Not so after a minute: ${JSON.stringify(seen)}`);
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}
